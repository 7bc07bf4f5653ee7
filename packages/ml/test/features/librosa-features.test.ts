import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { decodeWav, defaultContext, encodeWav16, type FeatureExtractor, type Recording } from '@louver/core';
import { afterEach, describe, expect, test } from 'vitest';
import { extractColumns, featureRecipe, librosaFeatures, type LibrosaFeaturesOptions } from '../../src/index.js';
import { goldenFolder } from '../golden.js';

const file = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`wav/${name}`, goldenFolder)));

function recordingOf(bytes: Uint8Array, format: Recording['format'] = 'wav', sampleRateHz = 16000): Recording {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes, format, sampleRateHz, durationS: 1, sha256 };
}

const rain = file('rain_light_16k.wav');
let extractor: FeatureExtractor | undefined;

async function opened(options?: LibrosaFeaturesOptions): Promise<FeatureExtractor> {
  extractor = librosaFeatures(options);
  await extractor.open(defaultContext());
  return extractor;
}

afterEach(async () => {
  await extractor?.close();
  extractor = undefined;
});

describe('in the worker thread', () => {
  test('the numbers are those of the synchronous function, and the bytes stay with the caller', async () => {
    const features = await opened();
    const before = rain.slice();
    const got = await features.extract(recordingOf(rain));
    expect(got).toEqual(extractColumns(decodeWav(rain), 16000, featureRecipe()));
    expect(features.names.length).toBe(34);
    expect(got.extras['mel_db_mean']?.length).toBe(40);
    expect(rain).toEqual(before);
  });

  test('raw PCM at its rate gives the same as the WAV file around it', async () => {
    const features = await opened();
    const wav = await features.extract(recordingOf(rain));
    expect(await features.extract(recordingOf(rain.subarray(44), 'pcm_s16le'))).toEqual(wav);
    expect(await features.extract(recordingOf(rain, 'wav', 8000))).toEqual(wav);
  });

  test('every golden recording gives finite values, silence and a tenth of a second too', async () => {
    const features = await opened();
    for (const name of [
      'silence_16k.wav',
      'short_100ms_16k.wav',
      'dc_16k.wav',
      'stereo_44k1.wav',
      'noise_tone_8k.wav',
    ]) {
      const { values, extras } = await features.extract(recordingOf(file(name)));
      expect([...values, ...extras['mel_db_mean']!].every(Number.isFinite), name).toBe(true);
    }
  });

  test('what cannot be analysed is refused in words, and the next recording is analysed', async () => {
    const features = await opened();
    const refusal = (bytes: Uint8Array): Promise<unknown> =>
      features.extract(recordingOf(bytes)).catch((e: unknown) => e);
    const nan = new Uint8Array(file('f32_22k.wav'));
    new DataView(nan.buffer).setFloat32(nan.length - 4, NaN, true);
    expect(await refusal(encodeWav16(new Int16Array(0), 16000))).toMatchObject({
      code: 'E_FEATURES',
      message: 'E_FEATURES: WAV of 44 bytes holds no sample, expected at least 1',
    });
    expect(await refusal(Uint8Array.of(1, 2, 3))).toMatchObject({ code: 'E_FEATURES', retryable: false });
    expect(await refusal(nan)).toMatchObject({
      code: 'E_FEATURES',
      message: expect.stringContaining('is NaN') as string,
    });
    expect((await features.extract(recordingOf(rain))).values.length).toBe(34);
  });
});

describe('the queue', () => {
  test('is bounded', async () => {
    const features = await opened({ queueLimit: 3 });
    const calls = Array.from({ length: 5 }, () => features.extract(recordingOf(rain)));
    const settled = await Promise.allSettled(calls);
    expect(settled.map((result) => result.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect((settled[4] as PromiseRejectedResult).reason).toMatchObject({ code: 'E_OVERLOADED', retryable: true });
    await features.extract(recordingOf(rain));
  });

  test('an aborted call ends at once with E_TIMEOUT and the others go on', async () => {
    const features = await opened();
    const stop = new AbortController();
    const calls = Array.from({ length: 6 }, (_, i) =>
      features.extract(recordingOf(rain), i % 2 ? stop.signal : undefined),
    );
    stop.abort();
    const settled = await Promise.allSettled(calls);
    expect(settled.map((result) => result.status === 'fulfilled')).toEqual([true, false, true, false, true, false]);
    expect((settled[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'E_TIMEOUT' });
    await expect(features.extract(recordingOf(rain), stop.signal)).rejects.toMatchObject({ code: 'E_TIMEOUT' });
  });

  test('close waits for calls in flight, may be called twice, and ends the life', async () => {
    const features = await opened();
    const call = features.extract(recordingOf(rain));
    await Promise.all([features.close(), features.close()]);
    expect((await call).values.length).toBe(34);
    await expect(features.extract(recordingOf(rain))).rejects.toMatchObject({ code: 'E_NOT_OPEN' });
    expect(features.health?.()).toMatchObject({ ok: false });
  });

  test('before open nothing is analysed', async () => {
    await expect(librosaFeatures().extract(recordingOf(rain))).rejects.toMatchObject({ code: 'E_NOT_OPEN' });
  });
});

test('a crash of the worker loses the calls in its hands and no others', async () => {
  const threads: Worker[] = [];
  const watch = (thread: Worker): unknown => threads.push(thread);
  process.on('worker', watch);
  const features = await opened();
  const calls = Array.from({ length: 4 }, () => features.extract(recordingOf(rain)));
  await threads[0]!.terminate();
  const settled = await Promise.allSettled(calls);
  process.off('worker', watch);
  expect(settled.map((result) => result.status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled']);
  expect((settled[0] as PromiseRejectedResult).reason).toMatchObject({ code: 'E_FEATURES' });
  expect(threads.length).toBe(2);
  expect(features.health?.()).toEqual({ ok: true });
});

test('a worker that has crashed while idle is started again when somebody asks after it', async () => {
  const threads: Worker[] = [];
  const watch = (thread: Worker): unknown => threads.push(thread);
  process.on('worker', watch);
  const features = await opened();
  const { signal } = new AbortController();
  await features.check?.(signal);
  expect(threads.length).toBe(1);
  await threads[0]!.terminate();
  expect(features.health?.()).toMatchObject({ ok: false });
  await features.check?.(signal);
  process.off('worker', watch);
  expect([features.health?.(), threads.length]).toEqual([{ ok: true }, 2]);
});

describe('recipe and options', () => {
  test('groups choose columns, in the order of the protocol whatever the order given', () => {
    const { names } = librosaFeatures({ features: ['rms', 'spectral_centroid'] });
    expect(names).toEqual(['spectral_centroid_mean', 'spectral_centroid_std', 'rms_mean', 'rms_std']);
  });

  test('equal settings have equal recipes, others have others', () => {
    const standard = librosaFeatures().recipe;
    expect(standard).toMatch(/^[0-9a-f]{16}$/);
    expect(librosaFeatures({ parameters: { hopLength: 512, nFft: 2048 } }).recipe).toBe(standard);
    expect(librosaFeatures({ parameters: { hopLength: 256 } }).recipe).not.toBe(standard);
    expect(librosaFeatures({ features: ['rms'] }).recipe).not.toBe(standard);
    // Numbered also where there is one: names are what models ask for.
    expect(librosaFeatures({ features: ['mfcc'], parameters: { nMfcc: 1 } }).names).toEqual([
      'mfcc_mean_1',
      'mfcc_std_1',
    ]);
    // What no column depends on is no part of it.
    expect(librosaFeatures({ parameters: { contrastBands: 5, deltaWidth: 5 } }).recipe).toBe(standard);
    const contrast = (contrastBands: number): string =>
      librosaFeatures({ features: ['spectral_contrast'], parameters: { contrastBands } }).recipe;
    expect(contrast(5)).not.toBe(contrast(6));
  });

  test('every impossible parameter is named at once', () => {
    expect(() => librosaFeatures({ parameters: { nFft: 3, hopLength: 0, rollPercent: 1, deltaWidth: 4 } })).toThrow(
      'E_CONFIG: audio feature parameters: nFft is 3, expected a whole number from 4 to 32768; ' +
        'hopLength is 0, expected a whole number from 1 to 1048576; rollPercent is 1, expected a number between 0 and 1; ' +
        'deltaWidth is 4, expected an odd number from 3 to 1025',
    );
    expect(() => librosaFeatures({ features: ['chroma' as 'rms'] })).toThrow('found chroma, expected some of mfcc');
    expect(() => librosaFeatures({ queueLimit: 0 })).toThrow('queueLimit is 0');
  });
});
