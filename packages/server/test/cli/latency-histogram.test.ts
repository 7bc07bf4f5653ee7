import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LatencyHistogram } from '../../src/cli/latency-histogram.js';

test('percentiles are those of the sorted list within 2.5 %', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.02, max: 600_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1),
      (durations, fraction) => {
        const histogram = new LatencyHistogram();
        for (const ms of durations) histogram.add(ms);
        const sorted = durations.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(fraction * sorted.length)) - 1]!;
        expect(histogram.percentile(fraction) / exact).toBeGreaterThan(0.975);
        expect(histogram.percentile(fraction) / exact).toBeLessThan(1.026);
      },
    ),
  );
});

test('nothing is NaN, extremes are taken in, reset forgets', () => {
  const histogram = new LatencyHistogram();
  expect(histogram.percentile(0.5)).toBeNaN();
  for (const ms of [0, -1, 1e12]) histogram.add(ms);
  expect(histogram.percentile(0.5)).toBeLessThan(0.02);
  expect(histogram.percentile(1)).toBeGreaterThan(1e6);
  histogram.reset();
  expect(histogram.percentile(0.5)).toBeNaN();
});
