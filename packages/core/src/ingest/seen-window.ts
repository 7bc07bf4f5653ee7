import type { EpochMs } from '../event.js';
import { IdSet, readId } from './id-set.js';

/** Ids of one generation; two generations make about 8 MiB at most where ids are hashes, 30 MiB where they are counted. */
const GENERATION = 100_000;

interface Generation {
  readonly idsByTable: Map<string, IdSet>;
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
    const read = readId(id);
    const before = this.#previous.idsByTable.get(table);
    if (before?.has(read) === true) return true;
    let ids = current.idsByTable.get(table);
    if (ids === undefined) current.idsByTable.set(table, (ids = new IdSet(before?.filled)));
    if (!ids.add(read)) return true;
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
