import type { HistoryBucket, HistoryQuery } from '@louver/core';

interface Sum {
  count: number;
  total: number;
  min: number;
  max: number;
  last: number;
  lastMs: number;
  lastReceivedMs: number;
}

/** Gathers the readings of a range, in whatever order they come, by interval. In memory is a sum for each bucket that has a reading. */
export class History {
  readonly #sums = new Map<number, Sum>();

  constructor(private readonly query: HistoryQuery) {}

  add(ms: number, receivedMs: number, value: number): void {
    const { intervalMs } = this.query;
    const begin = Math.floor(ms / intervalMs) * intervalMs;
    const sum = this.#sums.get(begin);
    if (sum === undefined) {
      const first = { count: 1, total: value, min: value, max: value, last: value };
      this.#sums.set(begin, { ...first, lastMs: ms, lastReceivedMs: receivedMs });
      return;
    }
    sum.count += 1;
    sum.total += value;
    sum.min = Math.min(sum.min, value);
    sum.max = Math.max(sum.max, value);
    if (ms > sum.lastMs || (ms === sum.lastMs && receivedMs >= sum.lastReceivedMs)) {
      sum.last = value;
      sum.lastMs = ms;
      sum.lastReceivedMs = receivedMs;
    }
  }

  /** Oldest first, some at a time. */
  *buckets(): Generator<readonly HistoryBucket[]> {
    const begins = [...this.#sums.keys()].sort((a, b) => a - b);
    for (let from = 0; from < begins.length; from += 1_000) {
      yield begins.slice(from, from + 1_000).map((timestampMs) => {
        const sum = this.#sums.get(timestampMs)!;
        return { timestampMs, value: this.#valueOf(sum), count: sum.count };
      });
    }
  }

  #valueOf({ count, total, min, max, last }: Sum): number {
    const { aggregation } = this.query;
    switch (aggregation) {
      case 'mean':
        return total / count;
      case 'min':
        return min;
      case 'max':
        return max;
      case 'count':
        return count;
      case 'last':
        return last;
    }
  }
}
