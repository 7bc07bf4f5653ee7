import { describe, expect, test } from 'vitest';
import { extractColumns, featureRecipe, librosaFeatures, resample, type Preparation } from '../../src/index.js';
import { prepared } from '../../src/features/preparation.js';

const tone = (hz: number, rateHz: number, seconds = 0.5, level = 0.5): Float64Array =>
  Float64Array.from({ length: rateHz * seconds }, (_, i) => level * Math.sin((2 * Math.PI * hz * i) / rateHz));

const rms = (samples: Float64Array): number => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

/** Level of a tone after resampling against before, in dB, away from the ends. */
function gainDb(hz: number, fromHz: number, toHz: number): number {
  const after = resample(tone(hz, fromHz), fromHz, toHz);
  const middle = after.subarray(after.length >> 2, (after.length * 3) >> 2);
  return 20 * Math.log10(rms(middle) / (0.5 / Math.SQRT2));
}

describe('resample', () => {
  test.each([
    [44_100, 16_000],
    [48_000, 16_000],
    [22_050, 8_000],
  ])('from %i to %i Hz passes what the new rate holds and stops what it does not', (fromHz, toHz) => {
    const nyquistHz = toHz / 2;
    for (const share of [0.05, 0.5, 0.8]) expect(Math.abs(gainDb(share * nyquistHz, fromHz, toHz))).toBeLessThan(0.1);
    for (const share of [1.2, 1.5, 1.9]) expect(gainDb(share * nyquistHz, fromHz, toHz)).toBeLessThan(-45);
  });

  test('a recording lasts as long as before; the same rate gives the same samples', () => {
    const samples = tone(440, 22_050);
    expect(resample(samples, 22_050, 22_050)).toBe(samples);
    expect(resample(samples, 22_050, 16_000)).toHaveLength(8_000);
    expect(resample(samples, 22_050, 44_100)).toHaveLength(22_050);
    expect(resample(new Float64Array(0), 22_050, 16_000)).toHaveLength(0);
    expect(() => resample(samples, 0, 16_000)).toThrow(
      'resampling from 0 to 16000 Hz: expected rates from 1 to 192000',
    );
  });
});

test('what a recording claims to be bounds neither memory nor time', () => {
  const long = new Float64Array(1_000_000);
  expect(() => resample(long, 100, 16_000)).toThrow(
    'resampling 1000000 samples from 100 to 16000 Hz makes 160000000, expected 16777216 at most',
  );
  expect(() => resample(long, 383_987, 16_000)).toThrow('expected rates from 1 to 192000 Hz');
});

describe('preparation', () => {
  const after = (samples: Float64Array, preparation: Preparation): Float64Array =>
    prepared(samples, 16_000, preparation).samples;

  test('does nothing unless it is told to, and leaves the samples given as they are', () => {
    const samples = tone(440, 16_000).map((x) => x + 0.1);
    const copy = samples.slice();
    expect(after(samples, {})).toBe(samples);
    after(samples, { removeDc: true, noiseGateDb: -40, normalise: 'peak' });
    expect(samples).toEqual(copy);
  });

  test('takes the mean away, raises the peak to 1 and the RMS to 0.1', () => {
    const shifted = tone(440, 16_000).map((x) => x + 0.1);
    const mean = (samples: Float64Array): number => samples.reduce((sum, x) => sum + x, 0) / samples.length;
    expect(Math.abs(mean(after(shifted, { removeDc: true })))).toBeLessThan(1e-15);
    expect(Math.max(...after(tone(440, 16_000), { normalise: 'peak' }))).toBeCloseTo(1, 12);
    expect(rms(after(tone(440, 16_000), { normalise: 'rms' }))).toBeCloseTo(0.1, 12);
    expect(after(new Float64Array(100), { normalise: 'peak' })).toEqual(new Float64Array(100));
    expect(after(new Float64Array(100), { normalise: 'rms' })).toEqual(new Float64Array(100));
  });

  test('takes an offset away before it resamples: it leaves no step at the ends', () => {
    const shifted = tone(1_000, 44_100, 0.2, 0.01).map((x) => x + 0.3);
    const { samples } = prepared(shifted, 44_100, { removeDc: true, sampleRateHz: 16_000, normalise: 'peak' });
    expect(rms(samples)).toBeGreaterThan(0.6);
  });

  test('silences what is below the gate, in blocks of 10 ms', () => {
    const samples = Float64Array.from([...tone(1_000, 16_000, 0.1, 0.001), ...tone(1_000, 16_000, 0.1, 0.5)]);
    const gated = after(samples, { noiseGateDb: -40 });
    expect(gated.subarray(0, 1_600).every((x) => x === 0)).toBe(true);
    expect(gated.subarray(1_600)).toEqual(samples.subarray(1_600));
  });

  test('is part of the recipe, and only where there is any', () => {
    const idOf = (preparation: Preparation): string => featureRecipe({ preparation }).id;
    expect(idOf({})).toBe(featureRecipe().id);
    expect(idOf({ removeDc: false })).toBe(featureRecipe().id);
    const others = [{ removeDc: true }, { sampleRateHz: 16_000 }, { normalise: 'peak' }, { noiseGateDb: -50 }] as const;
    expect(new Set([featureRecipe().id, ...others.map(idOf)]).size).toBe(5);
    expect(() => featureRecipe({ preparation: { sampleRateHz: 1.5, noiseGateDb: 3, gain: 2 } as Preparation })).toThrow(
      'E_CONFIG: audio preparation: gain: no such step; sampleRateHz is 1.5, expected a whole number of Hz from 1000 to 192000; ' +
        'noiseGateDb is 3, expected decibels from -120 to 0',
    );
  });

  test('with a rate of its own a recipe hears the same in a recording of any rate', () => {
    const recipe = featureRecipe({ preparation: { sampleRateHz: 16_000 }, features: ['spectral_centroid', 'rms'] });
    const column = (rateHz: number, name: string): number =>
      extractColumns(tone(1_000, rateHz, 1), rateHz, recipe).values[recipe.names.indexOf(name)]!;
    for (const rateHz of [22_050, 44_100, 48_000]) {
      expect(column(rateHz, 'rms_mean')).toBeCloseTo(column(16_000, 'rms_mean'), 3);
      expect(
        Math.abs(column(rateHz, 'spectral_centroid_mean') - column(16_000, 'spectral_centroid_mean')),
      ).toBeLessThan(20);
    }
    expect(librosaFeatures({ preparation: { sampleRateHz: 16_000 } }).recipe).not.toBe(librosaFeatures().recipe);
  });
});
