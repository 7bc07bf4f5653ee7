import { bucketCount, fillGaps, type Clock, type Gaps, type HistoryBucket, type StorageReader } from '@louver/core';
import { DEFAULT_LIMIT, MAX_LIMIT } from './parameters.js';
import type { ParameterError } from './problem-document.js';

/** Without `from` the last hundred intervals. */
const DEFAULT_BUCKETS = 100;

export interface HistoryParameters {
  readonly id: string;
  readonly sensor: string;
  readonly interval: { readonly text: string; readonly ms: number };
  readonly aggregation?: 'mean' | 'min' | 'max' | 'count' | 'last' | undefined;
  readonly gaps?: Gaps | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export type History =
  | { readonly ok: true; readonly buckets: readonly HistoryBucket[] }
  | { readonly ok: false; readonly errors: readonly ParameterError[] };

/** Readings by interval: at most as many buckets as there may be readings in an answer. */
export async function readHistory(reader: StorageReader, clock: Clock, given: HistoryParameters): Promise<History> {
  const { id: deviceId, sensor, interval, aggregation = 'mean', gaps = 'omit' } = given;
  const toMs = given.to ?? clock.now();
  const fromMs = given.from ?? toMs - DEFAULT_BUCKETS * interval.ms;
  const query = { deviceId, fromMs, toMs, intervalMs: interval.ms, aggregation };
  const count = bucketCount(query);
  if (count > MAX_LIMIT) {
    const detail =
      `makes ${count} intervals of this range, expected at most ${MAX_LIMIT}: ` +
      `a longer one (${Math.ceil((toMs - fromMs) / DEFAULT_LIMIT / 1000)}s makes ${DEFAULT_LIMIT}), or a shorter range`;
    return { ok: false, errors: [{ parameter: 'interval', detail }] };
  }
  const buckets: HistoryBucket[] = [];
  for await (const some of fillGaps(reader.history(sensor, query), query, gaps)) buckets.push(...some);
  return { ok: true, buckets };
}
