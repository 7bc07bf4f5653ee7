import { LouverError } from '@louver/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SOUND_KINDS, seededRandom, synthesizeSound, type SoundKind } from '../../src/index.js';

const rms = (x: Float64Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);

/** Crossings per sample: a cheap stand-in for the spectral centroid. */
function crossings(x: Float64Array): number {
  let n = 0;
  for (let i = 1; i < x.length; i++) if (x[i]! >= 0 !== x[i - 1]! >= 0) n++;
  return n / x.length;
}

const clips = (kind: SoundKind): Float64Array[] =>
  Array.from({ length: 20 }, (_, seed) =>
    synthesizeSound(kind, { durationS: 2, sampleRateHz: 16000, random: seededRandom(seed) }),
  );

describe('synthesizeSound', () => {
  test('kinds lie apart: rain hisses, wind rumbles, traffic lies between, quiet is quiet', () => {
    const rain = clips('rain');
    const wind = clips('wind');
    const traffic = clips('traffic');
    const quiet = clips('quiet');
    const lowest = (values: number[]): number => Math.min(...values);
    const highest = (values: number[]): number => Math.max(...values);
    expect(lowest(rain.map(crossings))).toBeGreaterThan(2 * highest(traffic.map(crossings)));
    expect(lowest(rain.map(crossings))).toBeGreaterThan(4 * highest(wind.map(crossings)));
    const loud = [...rain, ...wind, ...traffic].map(rms);
    expect(lowest(loud)).toBeGreaterThan(8 * highest(quiet.map(rms)));
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(traffic.map(crossings))).toBeGreaterThan(1.3 * mean(wind.map(crossings)));
  });

  test('every clip of a kind differs, and the same seed makes the same clip', () => {
    for (const kind of SOUND_KINDS) {
      const [first, second] = clips(kind);
      expect(first).not.toEqual(second);
      expect(first).toEqual(clips(kind)[0]);
    }
  });

  test('length, peak and finiteness hold at any rate, duration and level', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SOUND_KINDS),
        fc.integer({ min: 1000, max: 96000 }),
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer(),
        (kind, sampleRateHz, durationS, level, seed) => {
          const clip = synthesizeSound(kind, { durationS, sampleRateHz, level, random: seededRandom(seed) });
          expect(clip.length).toBe(Math.max(1, Math.round(durationS * sampleRateHz)));
          expect(clip.every((v) => v >= -1 && v <= 1)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('level scales the loudness; 0 is silence', () => {
    const at = (level: number): number =>
      rms(synthesizeSound('wind', { durationS: 1, sampleRateHz: 16000, random: seededRandom(3), level }));
    expect(at(0.25) / at(0.5)).toBeCloseTo(0.5, 9);
    expect(at(0)).toBe(0);
  });

  test.each([
    ['durationS', { durationS: 0 }],
    ['durationS', { durationS: Number.NaN }],
    ['durationS', { durationS: 1e9 }],
    ['sampleRateHz', { sampleRateHz: 0 }],
    ['level', { level: 1.5 }],
  ])('refuses %s %j by name', (name, change) => {
    const options = { durationS: 1, sampleRateHz: 16000, random: seededRandom(1), ...change };
    const error = (() => {
      try {
        return synthesizeSound('rain', options);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(LouverError.is(error) && error.code).toBe('E_CONFIG');
    expect(String(error)).toContain(name);
  });
});
