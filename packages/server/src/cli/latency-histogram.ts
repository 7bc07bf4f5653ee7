/** Each bucket is 5 % wider than the one before: percentiles are right within 2.5 %. */
const GROWTH = 1.05;
const SMALLEST_MS = 0.01;
/** 0.01 ms × 1.05^400 is 50 minutes. */
const BUCKETS = 400;

/** Percentiles of any number of durations in constant memory. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS + 1);
  #total = 0;

  add(ms: number): void {
    const bucket = ms > SMALLEST_MS ? Math.ceil(Math.log(ms / SMALLEST_MS) / Math.log(GROWTH)) : 0;
    this.#counts[Math.min(BUCKETS, bucket)]! += 1;
    this.#total += 1;
  }

  /** The duration in ms that a `fraction` (0..1) of all stayed within; NaN when there are none. */
  percentile(fraction: number): number {
    if (this.#total === 0) return NaN;
    let left = Math.max(1, Math.ceil(fraction * this.#total));
    let bucket = 0;
    for (; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket]!;
      if (left <= 0) break;
    }
    return SMALLEST_MS * GROWTH ** (bucket - 0.5);
  }

  reset(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }
}
