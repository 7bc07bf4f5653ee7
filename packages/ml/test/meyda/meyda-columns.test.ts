import { readFileSync } from 'node:fs';
import { decodeWav } from '@louver/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { meydaColumns } from '../../src/meyda/meyda-columns.js';
import { MEYDA_FEATURES } from '../../src/meyda/index.js';
import { meydaRecipe, type MeydaRecipeOptions } from '../../src/meyda/meyda-recipe.js';
import { goldenFolder } from '../golden.js';
import { deviation, framesOf, freshMeyda, mean, shared, tone } from './frames.js';

/** Columns by name. */
function columns(samples: Float64Array, rateHz: number, options?: MeydaRecipeOptions): Record<string, number> {
  const recipe = meydaRecipe(options);
  const { values } = meydaColumns(samples, rateHz, recipe);
  expect(values.length).toBe(recipe.names.length);
  return Object.fromEntries(recipe.names.map((name, i) => [name, values[i]!]));
}

const rain = decodeWav(new Uint8Array(readFileSync(new URL('wav/rain_light_16k.wav', goldenFolder))));

describe('the numbers are those of Meyda itself', () => {
  test.each([
    ['rms', 'meyda_rms'],
    ['zcr', 'meyda_zcr'],
    ['energy', 'meyda_energy'],
    ['spectralCentroid', 'meyda_spectral_centroid'],
    ['spectralRolloff', 'meyda_spectral_rolloff'],
    ['spectralSpread', 'meyda_spectral_spread'],
    ['spectralSkewness', 'meyda_spectral_skewness'],
    ['spectralSlope', 'meyda_spectral_slope'],
    ['spectralFlatness', 'meyda_spectral_flatness'],
    ['spectralCrest', 'meyda_spectral_crest'],
    ['perceptualSpread', 'meyda_perceptual_spread'],
  ] as const)('%s, frame by frame', (feature, group) => {
    const found = columns(rain, 16_000, { features: [feature], bufferSize: 1024, hopSize: 256 });
    const meyda = freshMeyda(16_000, 1024);
    const expected = framesOf(rain, 1024, 256).map((frame) => meyda.extract(feature, frame) as number);
    expect(expected.every(Number.isFinite)).toBe(true);
    expect(found[`${group}_mean`]).toBeCloseTo(mean(expected), 10);
    expect(found[`${group}_std`]).toBeCloseTo(deviation(expected), 10);
  });

  test.each(['mfcc', 'melBands', 'chroma'] as const)('%s, each member by itself', (feature) => {
    const found = Object.values(columns(rain, 16_000, { features: [feature], melBands: 20 }));
    const meyda = freshMeyda(16_000, 512, 20);
    const expected = framesOf(rain, 512).map((frame) => Array.from(meyda.extract(feature, frame) as number[]));
    const rows = expected[0]!.map((_, row) => expected.map((numbers) => numbers[row]!));
    expect(found).toHaveLength(2 * rows.length);
    rows.forEach((row, i) => {
      expect(found[i]).toBeCloseTo(mean(row), 8);
      expect(found[rows.length + i]).toBeCloseTo(deviation(row), 8);
    });
  });

  test('loudness, whose total is the sum of its bands', () => {
    const found = columns(rain, 16_000, { features: ['loudness.total', 'loudness.specific'] });
    const bands = Array.from({ length: 24 }, (_, i) => found[`meyda_loudness_specific_mean_${i + 1}`]!);
    expect(bands.reduce((sum, band) => sum + band)).toBeCloseTo(found['meyda_loudness_total_mean']!, 4);
    const meyda = freshMeyda(16_000, 512);
    const totals = framesOf(rain, 512).map(
      (frame) => (meyda.extract('loudness', frame) as object as { total: number }).total,
    );
    expect(found['meyda_loudness_total_mean']).toBeCloseTo(mean(totals), 10);
  });
});

describe("Meyda's traps", () => {
  test('its filter banks are those of another rate or size when these change: ours are not', () => {
    const frame = framesOf(tone(8_000), 512)[3]!;
    const right = freshMeyda(8_000, 512).extract('mfcc', frame);
    freshMeyda(44_100, 2048).extract('mfcc', framesOf(tone(44_100), 2048)[0]!);
    const kept = Object.assign(shared, { sampleRate: 8_000, bufferSize: 512 });
    expect(kept.extract('mfcc', frame)).not.toEqual(right);

    const everything = { features: MEYDA_FEATURES };
    const before = columns(tone(8_000), 8_000, everything);
    columns(tone(44_100), 44_100, { ...everything, bufferSize: 2048, melBands: 40 });
    columns(tone(16_000), 16_000, everything);
    expect(columns(tone(8_000), 8_000, everything)).toEqual(before);
    expect(before['meyda_mfcc_mean_1']).toBeCloseTo(columns(tone(8_000), 8_000)['meyda_mfcc_mean_1']!, 10);
  });

  test('settings and banks of the Meyda that others share are neither used nor changed', () => {
    const clip = rain.subarray(0, 512);
    // Of one frame, so that the hop changes nothing but where banks are kept.
    const columnsAt = (hopSize: number) => columns(clip, 12_345, { features: MEYDA_FEATURES, hopSize });
    freshMeyda(12_345, 512);
    const before = columnsAt(100);
    freshMeyda(44_100, 512).extract('chroma', framesOf(tone(44_100), 512)[0]!);
    const settings = { ...shared };
    expect(columnsAt(200)).toEqual(before);
    expect({ ...shared }).toEqual(settings);
  });

  test('the numbers are those of their rate, also of more rates than are kept', () => {
    const rates = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000];
    const meanAt = (rateHz: number): number => columns(rain, rateHz)['meyda_mfcc_mean_1']!;
    const expectedAt = (rateHz: number): number => {
      const meyda = freshMeyda(rateHz, 512);
      return mean(framesOf(rain, 512).map((frame) => (meyda.extract('mfcc', frame) as number[])[0]!));
    };
    for (const rateHz of [...rates, ...rates])
      expect(meanAt(rateHz), `${rateHz} Hz`).toBeCloseTo(expectedAt(rateHz), 8);
  });

  test('frames without sound have no shape: they count for loudness and cepstrum, not for the centroid', () => {
    const sound = tone(16_000).subarray(0, 8192);
    const gap = new Float64Array(16_384);
    gap.set(sound);
    const features = ['spectralCentroid', 'spectralRolloff', 'rms', 'zcr', 'mfcc'] as const;
    const [alone, half] = [columns(sound, 16_000, { features }), columns(gap, 16_000, { features })];
    for (const name of ['spectral_centroid_mean', 'spectral_centroid_std', 'spectral_rolloff_mean']) {
      expect(half[`meyda_${name}`], name).toBe(alone[`meyda_${name}`]);
    }
    for (const name of ['rms_mean', 'zcr_mean', 'mfcc_mean_1']) {
      expect(half[`meyda_${name}`], name).toBeCloseTo(alone[`meyda_${name}`]! / 2, 10);
    }
  });

  test('all columns of a silent recording are 0; Meyda has NaN, and a roll-off above half the rate', () => {
    const silence = columns(new Float64Array(4096), 16_000, { features: MEYDA_FEATURES });
    expect(new Set(Object.values(silence))).toEqual(new Set([0]));
    const meyda = freshMeyda(16_000, 512);
    expect(meyda.extract('spectralCentroid', new Float32Array(512))).toBeNaN();
    expect(meyda.extract('spectralRolloff', new Float32Array(512))).toBeGreaterThan(8_000);
  });

  test('what it has no sound number for cannot be chosen: the flux throws, the sharpness grows as sound gets quieter', () => {
    const meyda = freshMeyda(16_000, 512);
    const loud = framesOf(rain, 512)[5]!;
    expect(() => meyda.extract('spectralFlux', loud)).toThrow();
    const quiet = loud.map((sample) => sample * 1e-3);
    const sharpness = (frame: Float32Array): number => meyda.extract('perceptualSharpness', frame) as number;
    expect(sharpness(quiet)).toBeGreaterThan(1.5 * sharpness(loud));
    // The kurtosis of anything is at least 1.
    expect(meyda.extract('spectralKurtosis', loud)).toBeLessThan(0);
    for (const name of ['spectralFlux', 'perceptualSharpness', 'spectralKurtosis', 'amplitudeSpectrum', 'buffer']) {
      expect(() => meydaRecipe({ features: [name as 'rms'] })).toThrow(`found ${name}, expected some of mfcc, `);
    }
  });
});

describe('frames', () => {
  test('a clip shorter than one frame is padded with zeros', () => {
    const short = rain.subarray(0, 100);
    const padded = new Float64Array(512);
    padded.set(short);
    expect(columns(short, 16_000)).toEqual(columns(padded, 16_000));
    expect(columns(short, 16_000)['meyda_rms_mean']).toBeGreaterThan(0);
    expect(() => columns(new Float64Array(0), 16_000)).toThrow('E_FEATURES: recording has no samples');
  });

  test('what is left behind the last whole frame is left out', () => {
    const whole = rain.subarray(0, 1024);
    expect(columns(rain.subarray(0, 1535), 16_000)).toEqual(columns(whole, 16_000));
    expect(columns(rain.subarray(0, 1536), 16_000)).not.toEqual(columns(whole, 16_000));
  });

  test('too many of them are refused', () => {
    expect(() => columns(new Float64Array(70_000), 16_000, { hopSize: 1 })).toThrow(
      'recording of 70000 samples makes 69489 frames, expected 65536 at most: use a longer hopSize',
    );
  });

  test('a preparation comes first', () => {
    const offset = rain.map((sample) => sample + 0.25);
    const prepared = columns(offset, 16_000, { preparation: { removeDc: true } });
    expect(prepared['meyda_zcr_mean']).toBeCloseTo(columns(rain, 16_000, { preparation: { removeDc: true } })['meyda_zcr_mean']!, 10); // prettier-ignore
    expect(prepared['meyda_zcr_mean']).not.toBe(columns(offset, 16_000)['meyda_zcr_mean']);
  });
});

test('every column of every recording is finite, or the recording is refused in words', () => {
  const sample = fc.oneof(
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.constantFrom(0, -0, 1, -1, 5e-324, 1e-45, 1e-38, 1e38, -3e38),
    fc.double(),
  );
  const recipe = meydaRecipe({ features: MEYDA_FEATURES, bufferSize: 64, hopSize: 48 });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 300 }), fc.integer({ min: 1, max: 400_000 }), (samples, rateHz) => {
      try {
        const { values } = meydaColumns(Float64Array.from(samples), rateHz, recipe);
        expect(values.every(Number.isFinite)).toBe(true);
      } catch (error) {
        const refused = samples.length === 0 || samples.some((value) => !(Math.abs(value) <= 1e100));
        expect(refused && String(error), String(error)).toMatch(
          /E_FEATURES: recording(: sample \d+ is| has no samples)/,
        );
      }
    }),
    { numRuns: 300 },
  );
});
