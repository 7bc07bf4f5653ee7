import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  decodeWav,
  defaultContext,
  encodeWav16,
  localEngine,
  readWavHeader,
  type ExtractedFeatures,
  type FeatureExtractor,
  type InferenceRequest,
  type Recording,
} from '@louver/core';
import { afterEach, describe, expect, test } from 'vitest';
import { FEATURE_GROUPS, librosaFeatures, onnxPredictor } from '../../src/index.js';
import { embedManifest } from '../../src/onnx/embed-manifest.js';
import { writeOnnx } from '../../src/onnx/onnx-writer.js';
import { MEYDA_FEATURES, meydaFeatures, type MeydaFeaturesOptions } from '../../src/meyda/index.js';
import { meydaColumns } from '../../src/meyda/meyda-columns.js';
import { meydaRecipe } from '../../src/meyda/meyda-recipe.js';
import { goldenFolder } from '../golden.js';
import { framesOf, freshMeyda, mean, recordingOf, shared, tone, wavOf } from './frames.js';

const file = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`wav/${name}`, goldenFolder)));
const rain = file('rain_light_16k.wav');

let extractor: FeatureExtractor | undefined;

async function opened(options?: MeydaFeaturesOptions): Promise<FeatureExtractor> {
  await extractor?.close();
  extractor = meydaFeatures(options);
  await extractor.open(defaultContext());
  return extractor;
}

afterEach(async () => {
  await extractor?.close();
  extractor = undefined;
});

describe('in the worker thread', () => {
  test('the bytes of a WAV file become the columns that Meyda makes of its frames, and stay with the caller', async () => {
    const features = await opened({ features: ['rms', 'spectralCentroid'], bufferSize: 1024, hopSize: 512 });
    const before = rain.slice();
    const { values, extras } = await features.extract(recordingOf(rain));
    const meyda = freshMeyda(16_000, 1024);
    const frames = framesOf(decodeWav(rain), 1024, 512);
    const meanOf = (feature: string): number => mean(frames.map((frame) => meyda.extract(feature, frame) as number));
    expect(values[features.names.indexOf('meyda_rms_mean')]).toBeCloseTo(meanOf('rms'), 10);
    expect(values[features.names.indexOf('meyda_spectral_centroid_mean')]).toBeCloseTo(meanOf('spectralCentroid'), 10);
    expect(extras).toEqual({});
    expect(rain).toEqual(before);
  });

  test.each(['stereo_44k1.wav', 'u8_16k.wav', 's24_44k1.wav', 's32_16k.wav', 'f32_22k.wav', 'silence_16k.wav'])(
    '%s is read as for librosa',
    async (name) => {
      const features = await opened({ features: MEYDA_FEATURES });
      const bytes = file(name);
      const expected = meydaColumns(decodeWav(bytes), readWavHeader(bytes).sampleRateHz, meydaRecipe({ features: MEYDA_FEATURES })); // prettier-ignore
      expect(await features.extract(recordingOf(bytes, 'wav', 8_000))).toEqual(expected);
      expect(expected.values.every(Number.isFinite)).toBe(true);
    },
  );

  test('raw PCM at its rate gives the same as the WAV file around it', async () => {
    const features = await opened();
    const wav = await features.extract(recordingOf(rain));
    expect(await features.extract(recordingOf(rain.subarray(44), 'pcm_s16le'))).toEqual(wav);
  });

  test('recordings of 8, 16 and 44.1 kHz by turns come to what each comes to in a thread of its own', async () => {
    const options = { features: MEYDA_FEATURES };
    const recordings = [8_000, 16_000, 44_100].map((rateHz) => wavOf(tone(rateHz), rateHz));
    const alone: ExtractedFeatures[] = [];
    for (const recording of recordings) alone.push(await (await opened(options)).extract(recording));
    const features = await opened(options);
    const order = [0, 1, 2, 1, 0, 2, 0];
    const together = await Promise.all(order.map((place) => features.extract(recordings[place]!)));
    expect(together).toEqual(order.map((place) => alone[place]));
    expect(alone[0]).not.toEqual(alone[1]);
  });

  test('this thread does none of the work: a Meyda that throws here is never asked', async () => {
    const features = await opened({ features: MEYDA_FEATURES });
    const { extract } = shared;
    shared.extract = () => {
      throw new Error('asked in the main thread');
    };
    try {
      const { values } = await features.extract(recordingOf(rain));
      expect(values.length).toBe(features.names.length);
      expect(() => meydaColumns(decodeWav(rain), 12_000, meydaRecipe())).toThrow('asked in the main thread');
    } finally {
      shared.extract = extract;
    }
  });

  test('what cannot be analysed is refused in words, and the next recording is analysed', async () => {
    const features = await opened();
    const refusal = (bytes: Uint8Array): Promise<unknown> =>
      features.extract(recordingOf(bytes)).catch((error: unknown) => error);
    expect(await refusal(encodeWav16(new Int16Array(0), 16_000))).toMatchObject({
      code: 'E_FEATURES',
      message: expect.stringContaining('WAV of 44 bytes holds no sample') as string,
    });
    expect(await refusal(Uint8Array.of(1, 2, 3))).toMatchObject({ code: 'E_FEATURES', retryable: false });
    expect((await features.extract(recordingOf(rain))).values.length).toBe(34);
  });

  test('before open and after close it says so by its own name', async () => {
    const refused = (state: string) => ({ code: 'E_NOT_OPEN', message: expect.stringContaining(`meydaFeatures is ${state}`) as string }); // prettier-ignore
    await expect(meydaFeatures().extract(recordingOf(rain))).rejects.toMatchObject(refused('new'));
    const features = await opened();
    await features.close();
    await expect(features.extract(recordingOf(rain))).rejects.toMatchObject(refused('closed'));
  });
});

test('nothing is printed, and the process ends, whatever is heard', async () => {
  const program = `
    import { defaultContext } from '@louver/core';
    import { MEYDA_FEATURES, meydaFeatures } from '@louver/ml/meyda';
    const features = meydaFeatures({ features: MEYDA_FEATURES });
    await features.open(defaultContext());
    for (const bytes of [new Uint8Array(8000), new Uint8Array(10), Uint8Array.from({ length: 8000 }, (_, i) => i * i)]) {
      await features.extract({ bytes, format: 'pcm_s16le', sampleRateHz: 8000, durationS: 1, sha256: '' });
    }
    await features.extract({ bytes: new Uint8Array(0), format: 'wav', sampleRateHz: 8000, durationS: 1, sha256: '' }).catch(() => 0);
  `;
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd,
    timeout: 30_000,
  });
  expect(await run).toEqual({ stdout: '', stderr: '' });
});

describe('a model gets its numbers by name', () => {
  const columns = ['temperature', 'meyda_mfcc_mean_2', 'meyda_rms_mean'];

  /** Position = temperature + 0.1 · the second cepstral coefficient + 50 · RMS. */
  async function engineWith(features: FeatureExtractor, recipe: string) {
    const folder = await mkdtemp(join(tmpdir(), 'louver-meyda-'));
    const manifest = {
      name: 'meyda regressor',
      version: 'v1',
      recipe,
      columns: columns.map((name) => ({ name, ifMissing: 'hold' as const })),
      outputs: { position: 'position' },
    };
    const path = join(folder, 'meyda.onnx');
    await writeFile(
      path,
      embedManifest(
        writeOnnx({
          name: manifest.name,
          input: { name: 'features', width: 3 },
          outputs: [{ name: 'position', width: 1 }],
          nodes: [{ operator: 'MatMul', inputs: ['features', 'weights'], output: 'position' }],
          constants: [{ name: 'weights', dims: [3, 1], data: Float32Array.of(1, 0.1, 50) }],
        }),
        manifest,
      ),
    );
    const engine = localEngine({ features, predictor: onnxPredictor(path) });
    const opening = engine.open(defaultContext()).finally(() => rm(folder, { recursive: true }));
    return { engine, opening };
  }

  const request = (recording: Recording): InferenceRequest => ({
    kind: 'inference-request',
    requestId: 'm1',
    deviceId: 'a',
    timestampMs: 5,
    scalars: { temperature: 20, humidity: 50 },
    recording,
  });

  test('inside the engine', async () => {
    const features = meydaFeatures();
    const { engine, opening } = await engineWith(features, features.recipe);
    await opening;
    try {
      const result = await engine.infer(request(recordingOf(rain)), {});
      const { values } = meydaColumns(decodeWav(rain), 16_000, meydaRecipe());
      const [mfcc, rms] = columns.slice(1).map((name) => values[features.names.indexOf(name)]!) as [number, number];
      expect(result?.value).toBeCloseTo(20 + 0.1 * mfcc + 50 * rms, 3);
      expect(result?.command?.featuresUsed.audioFeatures).toEqual(['meyda_mfcc_mean', 'meyda_rms_mean']);
    } finally {
      await engine.close();
    }
  });

  test("librosa's numbers are never taken for them, nor those of another recipe", async () => {
    const other = await engineWith(librosaFeatures(), meydaFeatures().recipe);
    await expect(other.opening).rejects.toMatchObject({
      code: 'E_MODEL',
      message: expect.stringContaining('nobody provides: meyda_mfcc_mean_2, meyda_rms_mean') as string,
    });
    const resized = await engineWith(meydaFeatures({ bufferSize: 1024 }), meydaFeatures().recipe);
    await expect(resized.opening).rejects.toMatchObject({ code: 'E_MODEL' });
  });
});

describe('recipe and options', () => {
  test('columns are in one order whatever the order given, and none has a name of librosa', () => {
    const { names } = meydaFeatures({ features: ['zcr', 'loudness.total', 'mfcc'], numberOfMFCCCoefficients: 1 });
    expect(names).toEqual([
      'meyda_mfcc_mean_1',
      'meyda_mfcc_std_1',
      'meyda_zcr_mean',
      'meyda_zcr_std',
      'meyda_loudness_total_mean',
      'meyda_loudness_total_std',
    ]);
    const ours = new Set(librosaFeatures({ features: FEATURE_GROUPS }).names);
    const all = meydaFeatures({ features: MEYDA_FEATURES }).names;
    expect(all.filter((name) => ours.has(name) || !name.startsWith('meyda_'))).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });

  test('equal settings have equal recipes, others have others', () => {
    const standard = meydaFeatures().recipe;
    expect(standard).toMatch(/^[0-9a-f]{16}$/);
    expect(meydaFeatures({ bufferSize: 512, hopSize: 512, melBands: 26, queueLimit: 3 }).recipe).toBe(standard);
    const others = [
      { bufferSize: 1024 },
      { hopSize: 256 },
      { melBands: 40 },
      { numberOfMFCCCoefficients: 12 },
      { features: ['mfcc'] },
      { preparation: { removeDc: true } },
    ] as const satisfies readonly MeydaFeaturesOptions[];
    const recipes = others.map((options) => meydaFeatures(options).recipe);
    expect(new Set([standard, librosaFeatures().recipe, ...recipes]).size).toBe(2 + others.length);
    // What no column depends on is no part of it.
    const loudness = (melBands: number): string => meydaFeatures({ features: ['rms'], melBands }).recipe;
    expect(loudness(20)).toBe(loudness(40));
  });

  test('every impossible option is named at once', () => {
    expect(() => meydaFeatures({ bufferSize: 500, hopSize: 0, melBands: 10, numberOfMFCCCoefficients: 13 })).toThrow(
      'E_CONFIG: meydaFeatures: bufferSize is 500, expected a power of two from 64 to 32768; ' +
        'hopSize is 0, expected a whole number from 1; numberOfMFCCCoefficients is 13, ' +
        'expected a whole number from 1 to 40 and at most melBands (10)',
    );
    expect(() => meydaFeatures({ hopLength: 256 } as MeydaFeaturesOptions)).toThrow('hopLength: no such option');
    expect(() => meydaFeatures({ features: [] })).toThrow('found an empty list, expected some of mfcc, ');
    expect(() => meydaFeatures({ features: ['rms', 'rms'] })).toThrow('found rms, rms, expected some of mfcc, ');
    expect(() => meydaFeatures({ queueLimit: 0 })).toThrow('meydaFeatures: queueLimit is 0');
  });
});
