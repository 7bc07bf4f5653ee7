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

/** A history with its gaps as one wants them, streamed as it comes. A filled bucket has `count` 0, and so has its value where readings are counted. */
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
