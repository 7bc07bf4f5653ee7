import type { JournalRecord, Position } from '../journal.js';

/** One append as it lies on disk and, for a while, in memory. */
export interface Written {
  readonly segment: number;
  /** Where the next entry of that segment begins. */
  readonly endOffset: number;
  readonly first: Position;
  readonly records: readonly JournalRecord[];
  readonly bytes: number;
}

/** The last appends, so that a reader that keeps up does not touch the disk. */
export class MemoryTail {
  private batches: (Written | undefined)[] = [];
  private start = 0;
  private held = 0;

  constructor(private readonly maxBytes: number) {}

  push(batch: Written): void {
    this.batches.push(batch);
    this.held += batch.bytes;
    while (this.held > this.maxBytes) this.dropFirst();
    if (this.start > 1024 && this.start * 2 > this.batches.length) {
      this.batches = this.batches.slice(this.start);
      this.start = 0;
    }
  }

  /**
   * Everything below has been read by who follows: held any longer, it would be most of what the garbage collector has to move. Another reader finds
   * it on disk.
   */
  passed(position: Position): void {
    for (;;) {
      const oldest = this.batches[this.start];
      if (oldest === undefined || oldest.first + oldest.records.length > position) return;
      this.dropFirst();
    }
  }

  private dropFirst(): void {
    this.held -= this.batches[this.start]!.bytes;
    this.batches[this.start++] = undefined;
  }

  clear(): void {
    this.batches = [];
    this.start = 0;
    this.held = 0;
  }

  /** The append that holds `position`, when it is still in memory. */
  find(position: Position): Written | undefined {
    let low = this.start;
    let high = this.batches.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const batch = this.batches[middle];
      if (batch === undefined) return undefined;
      if (position < batch.first) high = middle - 1;
      else if (position >= batch.first + batch.records.length) low = middle + 1;
      else return batch;
    }
    return undefined;
  }
}
