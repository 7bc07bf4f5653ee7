import type { EpochMs } from '../event.js';

/** Ids of one generation; two generations of 32 characters and a set entry each make about 30 MiB at most. */
const GENERATION = 100_000;

/**
 * Which rows have passed lately, so that a redelivery makes no second row without asking storage. Bounded: two generations of ids, the older
 * one dropped whole. Whoever reaches further back than the window does must ask storage.
 */
export class SeenWindow {
  #current = new Map<string, EpochMs>();
  #previous = new Map<string, EpochMs>();
  #evictedUpToMs: EpochMs = -Infinity;
  #storedUpToMs: EpochMs = Infinity;

  /** Newest time of any row that was stored before this start; -Infinity when storage is new. Until it is known everything is asked for. */
  storedUpTo(timestampMs: EpochMs): void {
    this.#storedUpToMs = timestampMs;
  }

  /** Whether the row has been seen; notes it if not. */
  seen(table: string, id: string, timestampMs: EpochMs): boolean {
    const entry = `${table}\0${id}`;
    if (this.#current.has(entry) || this.#previous.has(entry)) return true;
    this.#current.set(entry, timestampMs);
    if (this.#current.size >= GENERATION) this.#turn();
    return false;
  }

  /** Whether a row with a time from `fromMs` on may have passed without being remembered. */
  reachesBeyond(fromMs: EpochMs): boolean {
    return fromMs <= Math.max(this.#evictedUpToMs, this.#storedUpToMs);
  }

  #turn(): void {
    for (const timestampMs of this.#previous.values()) {
      if (timestampMs > this.#evictedUpToMs) this.#evictedUpToMs = timestampMs;
    }
    this.#previous = this.#current;
    this.#current = new Map();
  }
}
