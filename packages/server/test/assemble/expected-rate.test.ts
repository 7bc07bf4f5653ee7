import { defaultContext, encodeWav16, type Metrics, type Recording } from '@louver/core';
import { librosaFeatures } from '@louver/ml';
import { expect, onTestFinished, test } from 'vitest';
import { featuresOf } from '../../src/assemble/decision.js';
import { loadConfig } from '../../src/config/load-config.js';

const AUDIO = { sampleRateHz: 16_000, features: ['rms', 'zero_crossing_rate'] } as const;

function recordingAt(sampleRateHz: number): Recording {
  const samples = Float64Array.from({ length: 3_000 }, (_, i) => Math.sin(i / 7) / 2);
  return { bytes: encodeWav16(samples, sampleRateHz), format: 'wav', sampleRateHz, durationS: 1, sha256: '' };
}

test('a recording of another rate is analysed as without, counted every time and named once for each rate', async () => {
  const counted: string[] = [];
  const warned: object[] = [];
  const metrics: Metrics = { count: (name) => void counted.push(name), observe() {}, gauge() {} };
  const logger = { debug() {}, info() {}, error() {}, warn: (_: string, fields = {}) => void warned.push(fields) };
  const config = loadConfig({ workingDirectory: import.meta.dirname });
  const features = featuresOf({ ...config, audio: AUDIO });
  const plain = librosaFeatures({ features: AUDIO.features });
  for (const each of [features, plain]) {
    await each.open(defaultContext({ metrics, logger }));
    onTestFinished(() => each.close());
  }
  expect([features.recipe, features.names]).toEqual([plain.recipe, plain.names]);
  for (const rateHz of [16_000, 44_100, 8_000, 44_100, 16_000]) {
    expect(await features.extract(recordingAt(rateHz))).toEqual(await plain.extract(recordingAt(rateHz)));
  }
  expect(counted).toEqual(Array<string>(3).fill('recordings_of_another_rate_total'));
  expect(warned).toMatchObject([
    { sampleRateHz: 44_100, expectedHz: 16_000 },
    { sampleRateHz: 8_000, expectedHz: 16_000 },
  ]);
  for (let rateHz = 1_000; rateHz < 1_100; rateHz++) await features.extract(recordingAt(rateHz));
  expect(warned).toHaveLength(16);
  expect(counted).toHaveLength(103);
  expect(features.health?.()).toEqual({ ok: true });
});

test('without audio.sample_rate no rate is another one', async () => {
  const config = loadConfig({ workingDirectory: import.meta.dirname });
  const warned: string[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (message: string) => void warned.push(message) };
  const features = featuresOf(config);
  await features.open(defaultContext({ logger }));
  onTestFinished(() => features.close());
  await features.extract(recordingAt(8_000));
  expect(warned).toEqual([]);
});
