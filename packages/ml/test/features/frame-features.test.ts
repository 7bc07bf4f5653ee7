import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DEFAULT_GROUPS,
  extractColumns,
  FEATURE_GROUPS,
  featureRecipe,
  frameFeatures,
  type SpectralParameters,
} from '../../src/index.js';

const shapes = fc.record({
  nFft: fc.constantFrom(4, 5, 8, 64, 90, 256),
  hopLength: fc.integer({ min: 1, max: 300 }),
  center: fc.boolean(),
});
const sounds = fc.array(fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.constantFrom(0, -0, 1e-11, -1e-11)), {
  minLength: 1,
  maxLength: 700,
});

test('rms and zero-crossing rate, summed by blocks, are what their definitions say for any hop', () => {
  fc.assert(
    fc.property(shapes, sounds, (parameters, list) => {
      const { nFft, hopLength, center } = parameters;
      fc.pre(center || list.length >= nFft);
      const { rms, zero_crossing_rate } = frameFeatures(
        Float64Array.from(list),
        8000,
        ['rms', 'zero_crossing_rate'],
        parameters,
      );
      for (let frame = 0; frame < rms.shape[1]; frame++) {
        const start = frame * hopLength - (center ? Math.floor(nFft / 2) : 0);
        let squares = 0;
        let crossings = 0;
        const at = (i: number): number => list[Math.min(Math.max(i, 0), list.length - 1)]!;
        const negative = (i: number): boolean => Math.abs(at(i)) > 1e-10 && at(i) < 0;
        for (let i = start; i < start + nFft; i++) {
          if (i >= 0 && i < list.length) squares += at(i) ** 2;
          if (i > start && negative(i) !== negative(i - 1)) crossings++;
        }
        expect(rms.data[frame]).toBeCloseTo(Math.sqrt(squares / nFft), 12);
        expect(zero_crossing_rate.data[frame]).toBe(crossings / nFft);
      }
    }),
  );
});

test('a magnitude spectrum is that of the discrete Fourier transform', () => {
  const samples = Float64Array.from({ length: 64 }, (_, i) => Math.sin(i * i));
  const parameters = { nFft: 16, hopLength: 16, center: false, nMels: 4, nMfcc: 4 };
  const { spectral_centroid } = frameFeatures(samples, 1000, ['spectral_centroid'], parameters);
  const magnitudes = Array.from({ length: 9 }, (_, k) => {
    let re = 0;
    let im = 0;
    for (let i = 0; i < 16; i++) {
      const x = samples[16 + i]! * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / 16));
      re += x * Math.cos((2 * Math.PI * i * k) / 16);
      im += x * Math.sin((2 * Math.PI * i * k) / 16);
    }
    return Math.hypot(re, im);
  });
  const total = magnitudes.reduce((sum, x) => sum + x, 0);
  const centroid = magnitudes.reduce((sum, x, k) => sum + (x * k * 1000) / 16, 0) / total;
  expect(spectral_centroid.data[1]).toBeCloseTo(centroid, 9);
});

test.each([DEFAULT_GROUPS, FEATURE_GROUPS])(
  'every sound and rate gives finite columns or is refused with E_FEATURES',
  (...features) => {
    const recipe = featureRecipe({ features, parameters: { deltaWidth: 3, hopLength: 16 } });
    const anything = fc.array(fc.oneof(fc.double(), fc.double({ min: -1, max: 1 })), { maxLength: 50 });
    fc.assert(
      fc.property(anything, fc.oneof(fc.integer({ min: 1, max: 4e9 }), fc.constantFrom(0, NaN)), (list, rateHz) => {
        try {
          const { values, extras } = extractColumns(Float64Array.from(list), rateHz, recipe);
          expect([...values, ...extras['mel_db_mean']!].every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ name: 'LouverError', code: 'E_FEATURES' });
        }
      }),
    );
  },
);

test('a recording shorter than an uncentred frame, and one with far too many frames, are refused in words', () => {
  const short = (): unknown => frameFeatures(new Float64Array(100), 16000, ['rms'], { center: false });
  expect(short).toThrow('recording of 100 samples makes 0 frames, expected at least 2048 samples when not centred');
  const dense = (): unknown => frameFeatures(new Float64Array(100_000), 16000, ['rms'], { hopLength: 1 });
  expect(dense).toThrow('makes 100001 frames, expected 65536 at most: use a longer hopLength');
});

test('spectral contrast names what the sample rate or the frame has no room for', () => {
  const contrast = (rateHz: number, parameters: Partial<SpectralParameters>): unknown =>
    frameFeatures(new Float64Array(4_000), rateHz, ['spectral_contrast'], parameters);
  expect(() => contrast(8_000, {})).toThrow(
    '6 octaves above 200 Hz do not fit below 4000 Hz, half the sample rate; expected contrastBands 5 at most, or a lower contrastFminHz',
  );
  expect(() => contrast(300, { nMels: 4, nMfcc: 4 })).toThrow('expected contrastFminHz below 150');
  expect(() => contrast(16_000, { nFft: 64, nMels: 4, nMfcc: 4 })).toThrow(
    'nFft 64 has too few bins from 0 to 200 Hz; expected a longer nFft or a higher contrastFminHz',
  );
});

test('deltas need as many frames as they are wide, and say so', () => {
  const short = (): unknown => frameFeatures(new Float64Array(2_000), 16_000, ['mfcc_delta']);
  expect(short).toThrow('deltas over 9 frames: the recording has 4, expected at least as many');
});

test('a rate too low for the lowest band is named', () => {
  const low = (): unknown => frameFeatures(new Float64Array(100), 30, ['mfcc'], { fminHz: 20 });
  expect(low).toThrow('a sample rate of 30 Hz leaves no room above 20 Hz: mel bands need one above 40 Hz');
});
