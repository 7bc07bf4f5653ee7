import type { TableName } from '../tables.js';
import { encodeDone, encodeSent } from './entries.js';
import { decodeRanges, encodeRanges, joinRanges, type Range } from './ranges.js';
import type { SegmentList } from './segment.js';

/** One SENT that concerns positions that are not settled, and where on disk it is known. */
export interface Batch {
  readonly number: number;
  readonly table: TableName;
  /** Encoded: two bytes for a usual range. */
  ranges: Buffer;
  done: boolean;
  /** Number of the segment with the SENT; 0: it is on its way. */
  sentIn: number;
  /** Number of the segment with the DONE; 0: there is none, or it is on its way. */
  doneIn: number;
}

/** Below this many, looking through them is not worth it. */
const FEW = 256;

/** What is known of the tables: so that it can be written again before a segment that says it is removed. */
export class Batches {
  private readonly live = new Map<number, Batch>();
  private pruneAt = FEW;

  constructor(
    private readonly segments: SegmentList,
    private next: number,
    recovered: readonly Batch[],
  ) {
    for (const batch of recovered) this.add(batch);
  }

  /** A new one. */
  begin(table: TableName, ranges: readonly Range[]): Batch {
    const batch = { number: this.next++, table, ranges: encodeRanges(ranges), done: false, sentIn: 0, doneIn: 0 };
    this.add(batch);
    return batch;
  }

  /** It was never written. */
  forget(batch: Batch): void {
    this.live.delete(batch.number);
  }

  /**
   * Entries that say again what only these segments say of positions that are not settled. `moved` is to be called with the number of the segment that
   * holds the entries, once they are on disk.
   */
  checkpoint(
    gone: ReadonlySet<number>,
    marker: number,
  ): { readonly entries: Buffer[]; readonly moved: (to: number) => void } {
    this.prune();
    const entries: Buffer[] = [];
    const open: Batch[] = [];
    const done: Batch[] = [];
    for (const batch of this.live.values()) {
      if (!gone.has(batch.sentIn) && !gone.has(batch.doneIn)) continue;
      if (batch.done) done.push(batch);
      // Under its number: its DONE is still to come.
      else open.push(batch);
    }
    for (const { number, table, ranges } of open) entries.push(encodeSent(number, table, ranges, marker));
    // What is stored is one statement for each table, however many inserts it took.
    const joined = [...new Set(done.map(({ table }) => table))].map((table): Batch => {
      const ranges = done.filter((batch) => batch.table === table).flatMap((batch) => decodeRanges(batch.ranges));
      const number = this.next++;
      return { number, table, ranges: encodeRanges(joinRanges(ranges)), done: true, sentIn: 0, doneIn: 0 };
    });
    for (const { number, table, ranges } of joined) {
      entries.push(encodeSent(number, table, ranges, marker), encodeDone(number, marker));
    }
    const moved = (to: number): void => {
      for (const batch of open) batch.sentIn = to;
      for (const batch of done) this.live.delete(batch.number);
      for (const batch of joined) this.add({ ...batch, sentIn: to, doneIn: to });
    };
    return { entries, moved };
  }

  private add(batch: Batch): void {
    this.live.set(batch.number, batch);
    if (this.live.size < this.pruneAt) return;
    this.prune();
    // Twice as many: each is looked at a few times in its life, however many there are.
    this.pruneAt = Math.max(FEW, 2 * this.live.size);
  }

  private prune(): void {
    for (const batch of this.live.values()) {
      const ranges = decodeRanges(batch.ranges);
      const rest = this.segments.withOpen(ranges);
      if (rest.length === 0) this.live.delete(batch.number);
      else if (rest.length < ranges.length) batch.ranges = encodeRanges(rest);
    }
  }
}
