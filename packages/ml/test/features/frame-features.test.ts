import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extractColumns, featureRecipe, frameFeatures } from '../../src/index.js';

const shapes = fc.record({
  nFft: fc.constantFrom(4, 8, 64, 256),
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
        const start = frame * hopLength - (center ? nFft / 2 : 0);
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

test('every sound and rate gives finite columns or is refused with E_FEATURES', () => {
  const recipe = featureRecipe();
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
});

test('a recording shorter than an uncentred frame, and one with far too many frames, are refused in words', () => {
  const short = (): unknown => frameFeatures(new Float64Array(100), 16000, ['rms'], { center: false });
  expect(short).toThrow('recording of 100 samples makes 0 frames, expected at least 2048 samples when not centred');
  const dense = (): unknown => frameFeatures(new Float64Array(100_000), 16000, ['rms'], { hopLength: 1 });
  expect(dense).toThrow('makes 100001 frames, expected 65536 at most: use a longer hopLength');
});

test('a rate too low for the lowest band is named', () => {
  const low = (): unknown => frameFeatures(new Float64Array(100), 30, ['mfcc'], { fminHz: 20 });
  expect(low).toThrow('a sample rate of 30 Hz leaves no room above 20 Hz: mel bands need one above 40 Hz');
});
