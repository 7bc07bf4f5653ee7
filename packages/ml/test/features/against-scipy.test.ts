import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { resample } from '../../src/index.js';
import { binHz } from '../../src/features/bin-frequency.js';
import { delta } from '../../src/features/delta.js';

function casesOf<T>(name: string): T[] {
  return (JSON.parse(readFileSync(new URL(`../golden-scipy/${name}`, import.meta.url), 'utf8')) as { cases: T[] })
    .cases;
}

/** As make.py. */
function signal(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => ((i * 7919 + 13 * i * i) % 2001) / 1000 - 1);
}

function worst(got: ArrayLike<number>, wanted: readonly number[]): number {
  expect(got.length).toBe(wanted.length);
  return wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i]!)), 0);
}

interface Resampled {
  readonly from_hz: number;
  readonly to_hz: number;
  readonly count: number;
  readonly output: readonly number[];
}

describe('resample is scipy.signal.resample_poly', () => {
  test.each(casesOf<Resampled>('resample.json'))('$count samples from $from_hz to $to_hz Hz', (one) => {
    expect(worst(resample(signal(one.count), one.from_hz, one.to_hz), one.output)).toBeLessThan(1e-12);
  });
});

interface Delta {
  readonly frames: number;
  readonly width: number;
  readonly order: 1 | 2;
  readonly output: readonly number[];
}

describe('delta is scipy.signal.savgol_filter', () => {
  test.each(casesOf<Delta>('delta.json'))('order $order over $width of $frames frames', (one) => {
    const row = signal(one.frames);
    // Two rows: none may look into the other.
    const out = new Float64Array(2 * one.frames);
    delta(Float64Array.from([...row, ...row.map((value) => -value)]), { rows: 2, ...one }, out);
    expect(worst(out.subarray(0, one.frames), one.output)).toBeLessThan(1e-13);
    expect(out.subarray(one.frames)).toEqual(out.subarray(0, one.frames).map((value) => -value));
  });
});

interface Bins {
  readonly rate_hz: number;
  readonly n_fft: number;
  /** Of the bins 1, 2, 3 and the last one. */
  readonly hz: readonly number[];
}

describe('bins lie where numpy.fft.rfftfreq has them, to the last digit', () => {
  const cases = casesOf<Bins>('bins.json');
  test.each(cases)('$n_fft samples at $rate_hz Hz', ({ rate_hz: rateHz, n_fft: nFft, hz }) => {
    const width = binHz(rateHz, nFft);
    expect([1, 2, 3, Math.floor(nFft / 2)].map((bin) => bin * width)).toEqual(hz);
  });

  test('which is not everywhere the rate divided by the length', () => {
    expect(cases.some(({ rate_hz: rateHz, n_fft: nFft, hz }) => rateHz / nFft !== hz[0])).toBe(true);
  });
});
