import type { EpochMs } from '../event.js';
import type { Position } from '../journal.js';
import { HEADER_BYTES } from './format.js';
import { OpenPositions } from './open-positions.js';
import type { Range } from './ranges.js';

/** What is known of one segment file while the journal is open. */
export class Segment {
  /** Length of the good part; the next write goes here. */
  bytes = HEADER_BYTES;
  /** Readers go no further: everything before this is on disk for good. */
  syncedBytes = HEADER_BYTES;
  /** After the last position in it. */
  next: Position;
  /** Receipt of its first delivery. */
  firstReceivedAtMs: EpochMs | undefined;
  readonly open: OpenPositions;

  constructor(
    readonly number: number,
    readonly path: string,
    readonly first: Position,
  ) {
    this.next = first;
    this.open = new OpenPositions(first);
  }

  get settled(): boolean {
    return this.open.count === 0;
  }
}

/** The live segments, oldest first; positions rise from one to the next. */
export class SegmentList {
  readonly items: Segment[] = [];

  /** On disk, headers and everything included. */
  get bytes(): number {
    let sum = 0;
    for (const segment of this.items) sum += segment.bytes;
    return sum;
  }

  holding(position: Position): Segment | undefined {
    // From the end: what is settled has mostly been appended lately.
    for (let i = this.items.length - 1; i >= 0; i--) {
      const segment = this.items[i]!;
      if (position >= segment.first) return position < segment.next ? segment : undefined;
    }
    return undefined;
  }

  byNumber(number: number): Segment | undefined {
    return this.items.find((segment) => segment.number === number);
  }

  after(number: number): Segment | undefined {
    return this.items.find((segment) => segment.number > number);
  }

  /** Of these positions, those that are here and not settled. */
  unsettledIn(ranges: readonly Range[]): Range[] {
    const open: { first: Position; last: Position }[] = [];
    for (const range of ranges) {
      for (let position = range.first; position <= range.last; position++) {
        if (this.holding(position)?.open.has(position) !== true) continue;
        const before = open.at(-1);
        if (before?.last === position - 1) before.last = position;
        else open.push({ first: position, last: position });
      }
    }
    return open;
  }

  settle(range: Range): void {
    for (const segment of this.items) {
      const end = Math.min(range.last, segment.next - 1);
      for (let position = Math.max(range.first, segment.first); position <= end; position++)
        segment.open.settle(position);
    }
  }
}
