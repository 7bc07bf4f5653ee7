import { expect, test } from 'vitest';
import { bucketCount, fillGaps, type HistoryBucket } from '../src/index.js';

const HOUR = 3_600_000;
const query = { fromMs: HOUR + 1, toMs: 5 * HOUR, intervalMs: HOUR, aggregation: 'mean' } as const;

async function* history(...batches: readonly (readonly number[])[]): AsyncGenerator<readonly HistoryBucket[]> {
  for (const hours of batches) yield hours.map((hour) => ({ timestampMs: hour * HOUR, value: hour * 10, count: 2 }));
}

async function filled(...[stream, asked, gaps]: Parameters<typeof fillGaps>): Promise<HistoryBucket[]> {
  const found: HistoryBucket[] = [];
  for await (const buckets of fillGaps(stream, asked, gaps)) found.push(...buckets);
  return found;
}

test('omit leaves a history as it is', async () => {
  expect((await filled(history([2], [4]), query, 'omit')).map(({ value }) => value)).toEqual([20, 40]);
});

test('nan and previous make every bucket of the range, also before, between and after batches', async () => {
  const times = (buckets: readonly HistoryBucket[]): number[] => buckets.map(({ timestampMs }) => timestampMs / HOUR);
  const nan = await filled(history([2], [4]), query, 'nan');
  expect(times(nan)).toEqual([1, 2, 3, 4, 5]);
  expect(nan).toHaveLength(bucketCount(query));
  expect(nan.map(({ value }) => value)).toEqual([NaN, 20, NaN, 40, NaN]);
  const previous = await filled(history([2], [4]), query, 'previous');
  expect(previous.map(({ value }) => value)).toEqual([NaN, 20, 20, 40, 40]);
  expect(previous.map(({ count }) => count)).toEqual([0, 2, 0, 2, 0]);
  expect((await filled(history([]), query, 'previous')).map(({ value }) => value)).toEqual(Array(5).fill(NaN));
});

test('where readings are counted a gap has none', async () => {
  const counted = { ...query, aggregation: 'count' } as const;
  expect((await filled(history([2]), counted, 'previous')).map(({ value }) => value)).toEqual([0, 20, 0, 0, 0]);
});

test('a long gap comes in batches', async () => {
  let batches = 0;
  let buckets = 0;
  for await (const batch of fillGaps(history(), { ...query, toMs: 10_500 * HOUR }, 'nan')) {
    expect(batch.length).toBeLessThanOrEqual(1000);
    batches++;
    buckets += batch.length;
  }
  expect([batches, buckets]).toEqual([11, 10_500]);
});

test('a range without a bucket has none', async () => {
  expect(bucketCount({ ...query, toMs: 0 })).toBe(0);
  expect(await filled(history(), { ...query, toMs: 0 }, 'nan')).toEqual([]);
});
