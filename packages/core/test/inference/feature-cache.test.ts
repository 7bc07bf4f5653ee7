import { createHash } from 'node:crypto';
import {
  defaultContext,
  LouverError,
  type ExtractedFeatures,
  type FeatureExtractor,
  type Recording,
} from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { expect, test } from 'vitest';
import { cachedFeatures } from '../../src/inference/feature-cache.js';
import { settled, START_MS } from '../support/rig.js';

function recording(n: number): Recording {
  const bytes = Uint8Array.of(n & 255, n >> 8);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes, format: 'pcm_s16le', sampleRateHz: 16_000, durationS: 1, sha256 };
}

async function caching(extract: FeatureExtractor['extract']) {
  const clock = manualClock(START_MS);
  const asked: string[] = [];
  const features = cachedFeatures({
    name: 'counting',
    names: ['x'],
    recipe: 'r',
    async open() {},
    async close() {},
    extract(wanted, signal) {
      asked.push(wanted.sha256);
      return extract(wanted, signal);
    },
  });
  await features.open(defaultContext({ clock }));
  return { features, clock, asked };
}

const one: ExtractedFeatures = { values: Float64Array.of(1), extras: {} };

test('one analysis per recording, whoever asks and when', async () => {
  const { features, asked } = await caching(async () => one);
  const both = await Promise.all([features.extract(recording(1)), features.extract(recording(1))]);
  expect(both).toEqual([one, one]);
  await features.extract(recording(1));
  expect(asked).toHaveLength(1);
  await features.extract(recording(2));
  expect(asked).toHaveLength(2);
});

test('given up after 10 s of work, whether the extractor heeds its signal or not; then asked again', async () => {
  const signals: (AbortSignal | undefined)[] = [];
  const { features, clock, asked } = await caching((_recording, signal) => {
    signals.push(signal);
    return new Promise(() => {});
  });
  const outcome = features.extract(recording(1)).catch((error: unknown) => error);
  await clock.advance(9_999);
  expect(signals[0]?.aborted).toBe(false);
  await clock.advance(1);
  expect(await outcome).toMatchObject({ code: 'E_TIMEOUT' });
  expect(signals[0]?.aborted).toBe(true);
  void features.extract(recording(1)).catch(() => {});
  expect(asked).toHaveLength(2);
});

test('32 at a time, the others wait in line, and the deadline does not run while they do', async () => {
  const release: (() => void)[] = [];
  const { features, clock, asked } = await caching(async () => {
    await new Promise<void>((resolve) => release.push(resolve));
    return one;
  });
  const outcomes = Array.from({ length: 40 }, (_, i) => features.extract(recording(i)).then(() => i));
  await settled();
  expect(asked).toHaveLength(32);
  await clock.advance(9_000);
  for (const resolve of release.splice(0)) resolve();
  await settled();
  expect(asked).toHaveLength(40);
  await clock.advance(9_000);
  for (const resolve of release.splice(0)) resolve();
  expect(await Promise.all(outcomes)).toHaveLength(40);
});

test('places are given back by what fails', async () => {
  const { features } = await caching(async () => {
    throw new LouverError('E_FEATURES', 'cannot be analysed');
  });
  const all = Array.from({ length: 100 }, (_, i) => features.extract(recording(i)).catch((e: LouverError) => e.code));
  expect(new Set(await Promise.all(all))).toEqual(new Set(['E_FEATURES']));
});

test('a recording that cannot be analysed is not tried again', async () => {
  const { features, asked } = await caching(async () => {
    throw new LouverError('E_FEATURES', 'cannot be analysed');
  });
  for (let i = 0; i < 3; i++) await expect(features.extract(recording(1))).rejects.toThrow('E_FEATURES');
  expect(asked).toHaveLength(1);
});

test('asked before it is open', async () => {
  const features = cachedFeatures({
    name: 'x',
    names: [],
    recipe: '',
    async open() {},
    async close() {},
    extract: async () => one,
  });
  await expect(features.extract(recording(1))).rejects.toThrow('E_NOT_OPEN');
});
