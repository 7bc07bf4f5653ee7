import { LouverError } from './errors.js';
import type { EpochMs } from './event.js';
import type { HistoryBucket, HistoryQuery } from './storage-reader.js';

/** `omit`: buckets without a reading are left out; `nan`: they come with NaN; `previous`: with the value before, NaN where there is none. */
export type Gaps = 'omit' | 'nan' | 'previous';

/** Buckets of one batch. */
const BATCH = 1_000;

/** How many buckets the range of a query has, with or without a reading. */
export function bucketCount({
  fromMs,
  toMs,
  intervalMs,
}: Pick<HistoryQuery, 'fromMs' | 'toMs' | 'intervalMs'>): number {
  return Math.max(0, Math.floor(toMs / intervalMs) - Math.floor(fromMs / intervalMs) + 1);
}

/**
 * A history with its gaps as one wants them, streamed as it comes. A filled bucket has `count` 0, and so has its value where readings are counted.
 * Throws `E_CONFIG` for gaps of a range without an end: there would be no end of them.
 */
export async function* fillGaps(
  history: AsyncIterable<readonly HistoryBucket[]>,
  query: Pick<HistoryQuery, 'fromMs' | 'toMs' | 'intervalMs' | 'aggregation'>,
  gaps: Gaps,
): AsyncGenerator<readonly HistoryBucket[]> {
  if (gaps === 'omit') {
    yield* history;
    return;
  }
  const { fromMs, toMs, intervalMs, aggregation } = query;
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs) || !(intervalMs >= 1)) {
    const found = `from ${fromMs} to ${toMs} by ${intervalMs} ms`;
    throw new LouverError(
      'E_CONFIG',
      `gaps are filled in a range with two ends, by an interval of 1 ms at least: found ${found}`,
    );
  }
  let next: EpochMs = Math.floor(fromMs / intervalMs) * intervalMs;
  let previous = NaN;
  let batch: HistoryBucket[] = [];
  const empty = (): HistoryBucket => {
    const value = aggregation === 'count' ? 0 : gaps === 'previous' ? previous : NaN;
    const bucket = { timestampMs: next, value, count: 0 };
    next += intervalMs;
    return bucket;
  };
  for await (const buckets of history) {
    for (const bucket of buckets) {
      while (next < bucket.timestampMs) {
        batch.push(empty());
        if (batch.length < BATCH) continue;
        yield batch;
        batch = [];
      }
      batch.push(bucket);
      previous = bucket.value;
      next = bucket.timestampMs + intervalMs;
    }
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  while (next <= toMs) {
    batch.push(empty());
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
