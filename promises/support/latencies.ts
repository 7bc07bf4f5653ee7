/** Tenths of a millisecond, up to a minute. */
const PER_MS = 10;
const BUCKETS = 60_000 * PER_MS;

/** A histogram of latencies, exact to a tenth of a millisecond. */
export class Latencies {
  #counts = new Uint32Array(BUCKETS + 1);
  #total = 0;
  #max = 0;

  add(ms: number): void {
    const bucket = Math.min(BUCKETS, Math.floor(ms * PER_MS));
    this.#counts[bucket] = this.#counts[bucket]! + 1;
    this.#total++;
    if (ms > this.#max) this.#max = ms;
  }

  /** In milliseconds; and begins again. */
  take(): { readonly p50: number; readonly p99: number; readonly max: number } {
    const result = { p50: this.#quantile(0.5), p99: this.#quantile(0.99), max: this.#max };
    this.#counts.fill(0);
    this.#total = 0;
    this.#max = 0;
    return result;
  }

  #quantile(q: number): number {
    const wanted = Math.ceil(q * this.#total);
    let seen = 0;
    for (let bucket = 0; bucket <= BUCKETS; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= wanted) return (bucket + 1) / PER_MS;
    }
    return 0;
  }
}
