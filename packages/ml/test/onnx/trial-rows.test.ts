import type { ModelColumn } from '@louver/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstTrial, trialRows } from '../../src/onnx/trial-rows.js';

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true, noDefaultInfinity: true });
const range = fc
  .tuple(number, fc.double({ min: 1, max: 1e6, noNaN: true }))
  .map(([least, size]) => [least, least + size] as const);
const column: fc.Arbitrary<Omit<ModelColumn, 'name'>> = fc.oneof(
  number.map((ifMissing) => ({ ifMissing })),
  range.map((ends) => ({ ifMissing: ends[0], range: ends })),
  range.map((ends) => ({ ifMissing: 'hold' as const, range: ends })),
  fc.constant({ ifMissing: 'hold' as const }),
);
const columns = fc
  .array(column, { minLength: 1, maxLength: 40 })
  .map((list) => list.map((rest, i) => ({ ...rest, name: `c${i}` })));

describe('the rows that a model is tried with', () => {
  test('lie within the ranges, start with the first trial, differ, and most are not zero', () => {
    fc.assert(
      fc.property(columns, (list) => {
        const rows = trialRows({ columns: list }, Infinity);
        expect(rows[0]).toEqual(firstTrial({ columns: list }, Infinity).map(({ value }) => value));
        expect(new Set(rows.map((row) => row.join())).size).toBe(rows.length);
        expect(rows.filter((row) => row.some((value) => value !== 0)).length).toBeGreaterThanOrEqual(4);
        for (const row of rows) {
          expect(row).toHaveLength(list.length);
          row.forEach((value, i) => {
            const [least, greatest] = list[i]!.range ?? [-Infinity, Infinity];
            expect(value).toBeGreaterThanOrEqual(least);
            expect(value).toBeLessThanOrEqual(greatest);
          });
        }
      }),
    );
  });

  test('hold golden samples: the first, the last and one between', () => {
    const samples = Array.from({ length: 9 }, (_, i) => ({ inputs: { a: 100 + i }, outputs: { y: i } }));
    const list = [{ name: 'a', ifMissing: 'hold' as const }, { name: 'b', ifMissing: 7 }]; // prettier-ignore
    const rows = trialRows({ columns: list, goldenSamples: samples }, Infinity);
    for (const a of [100, 104, 108]) expect(rows).toContainEqual([a, 7]);
  });

  test('hold nothing that float16 does not', () => {
    const list = [{ name: 'a', ifMissing: 'hold' as const, range: [10, 1e6] as const }];
    const goldenSamples = [{ inputs: { a: 2e5 }, outputs: { y: 1 } }];
    expect(firstTrial({ columns: list, goldenSamples }, 65_519)).toEqual([{ name: 'a', value: 0, from: 'nothing' }]);
    for (const [a] of trialRows({ columns: list, goldenSamples }, 65_519)) expect(a).toBeLessThanOrEqual(65_519);
  });
});
