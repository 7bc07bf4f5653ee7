import type { EpochMs } from '../event.js';

/** Ids of one generation; two generations of 32 characters and a set entry each make about 30 MiB at most. */
const GENERATION = 100_000;

interface Generation {
  readonly idsByTable: Map<string, Set<string>>;
  size: number;
  newestMs: EpochMs;
}

/**
 * Which rows have passed lately, so that a redelivery makes no second row without asking storage. Bounded: two generations of ids, the older
 * one dropped whole. Whoever reaches further back than the window does must ask storage.
 */
export class SeenWindow {
  #current = newGeneration();
  #previous = newGeneration();
  #evictedUpToMs: EpochMs = -Infinity;
  #storedUpToMs: EpochMs = Infinity;

  /** Newest time of any row that was stored before this start; -Infinity when storage is new. Until it is known everything is asked for. */
  storedUpTo(timestampMs: EpochMs): void {
    this.#storedUpToMs = timestampMs;
  }

  /** Whether the row has been seen; notes it if not. */
  seen(table: string, id: string, timestampMs: EpochMs): boolean {
    const current = this.#current;
    if (current.idsByTable.get(table)?.has(id) || this.#previous.idsByTable.get(table)?.has(id)) return true;
    const ids = current.idsByTable.get(table);
    if (ids === undefined) current.idsByTable.set(table, new Set([id]));
    else ids.add(id);
    if (timestampMs > current.newestMs) current.newestMs = timestampMs;
    if (++current.size >= GENERATION) this.#turn();
    return false;
  }

  /** Whether a row with a time from `fromMs` on may have passed without being remembered. */
  reachesBeyond(fromMs: EpochMs): boolean {
    return fromMs <= Math.max(this.#evictedUpToMs, this.#storedUpToMs);
  }

  #turn(): void {
    this.#evictedUpToMs = Math.max(this.#evictedUpToMs, this.#previous.newestMs);
    this.#previous = this.#current;
    this.#current = newGeneration();
  }
}

function newGeneration(): Generation {
  return { idsByTable: new Map(), size: 0, newestMs: -Infinity };
}
