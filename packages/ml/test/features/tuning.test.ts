import { describe, expect, test } from 'vitest';
import { ShortTimeSpectrum } from '../../src/features/short-time-spectrum.js';
import { TuningEstimate } from '../../src/features/tuning.js';

const RATE_HZ = 16_000;
const N_FFT = 2048;

/** Two voices that take turns, each out of tune by its own. */
function duet(seconds: number, [firstHz, secondHz]: readonly [number, number]): Float64Array {
  return Float64Array.from({ length: seconds * RATE_HZ }, (_, i) => {
    const hz = Math.floor(i / 1_000) % 2 === 0 ? firstHz : secondHz;
    return 0.5 * Math.sin((2 * Math.PI * hz * i) / RATE_HZ);
  });
}

function estimateOf(samples: Float64Array, hopLength: number, maxPeaks?: number): TuningEstimate {
  const spectrum = new ShortTimeSpectrum({ nFft: N_FFT, winLength: N_FFT });
  const estimate = new TuningEstimate(RATE_HZ, N_FFT, maxPeaks);
  estimate.begin();
  for (let start = 0; start < samples.length - N_FFT; start += hopLength) {
    spectrum.transform(samples, start);
    estimate.look(spectrum.power);
  }
  return estimate;
}

const sharp = (hz: number, semitones: number): number => hz * 2 ** (semitones / 12);

describe('the peaks remembered', () => {
  const samples = duet(2, [sharp(440, 0.2), sharp(880, 0.2)]);
  const all = estimateOf(samples, 8);

  test('are bounded however many frames there are, and say the same', () => {
    expect(all.semitones()).toBeCloseTo(0.2, 1);
    expect(all.size).toBeGreaterThan(3_000);
    for (const maxPeaks of [1_000, 1_500, 2_999]) {
      const bounded = estimateOf(samples, 8, maxPeaks);
      expect(bounded.size).toBeLessThanOrEqual(maxPeaks);
      expect(bounded.size).toBeGreaterThan(maxPeaks / 8);
      expect(bounded.semitones()).toBeCloseTo(all.semitones(), 1);
    }
  });

  test('are those of every second frame, fourth, eighth, …: as if the hop were longer', () => {
    const bounded = estimateOf(samples, 8, 1_500);
    const sparse = [16, 32, 64, 128].map((hopLength) => estimateOf(samples, hopLength));
    const same = sparse.find(({ size }) => size === bounded.size);
    expect(same?.semitones()).toBe(bounded.semitones());
  });

  test('of the recording before are forgotten', () => {
    const estimate = estimateOf(samples, 8, 1_500);
    estimate.begin();
    expect([estimate.size, estimate.semitones()]).toEqual([0, 0]);
  });
});
