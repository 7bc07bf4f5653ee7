import type { EpochMs } from '../event.js';
import type { Position } from '../journal.js';
import { HEADER_BYTES } from './format.js';
import { OpenPositions } from './open-positions.js';
import type { Range } from './ranges.js';

/** Receipts are known to a second while much arrives, to a minute while little does: a handful of bytes for 64 records. */
const RECEIPT_MS = 1000;
const SPARSE_RECEIPT_MS = 60_000;
const RECEIPT_POSITIONS = 64;

/** What is known of one segment file while the journal is open. */
export class Segment {
  /** Length of the good part; the next write goes here. */
  bytes = HEADER_BYTES;
  /** Readers go no further: everything before this is on disk for good. */
  syncedBytes = HEADER_BYTES;
  /** Of `bytes`: what removed segments knew of older ones. */
  checkpointBytes = 0;
  /** After the last position in it. */
  next: Position;
  open: OpenPositions;
  /** Younger segments that hold SETTLED of positions in this one. */
  readonly settledIn = new Set<number>();
  private readonly receipts: { readonly first: Position; readonly atMs: EpochMs }[] = [];

  constructor(
    readonly number: number,
    readonly path: string,
    public first: Position,
  ) {
    this.next = first;
    this.open = new OpenPositions(first);
  }

  /** While nothing is in it: for a segment whose header, and so its first position, cannot be read. */
  beginAt(first: Position): void {
    this.first = this.next = first;
    this.open = new OpenPositions(first);
  }

  get settled(): boolean {
    return this.open.count === 0;
  }

  /** Told in the order of positions; not for every one. */
  received(first: Position, atMs: EpochMs): void {
    const last = this.receipts.at(-1);
    if (last !== undefined) {
      const apartMs = Math.abs(atMs - last.atMs);
      if (apartMs < (first - last.first < RECEIPT_POSITIONS ? SPARSE_RECEIPT_MS : RECEIPT_MS)) return;
    }
    this.receipts.push({ first, atMs });
  }

  /** Of the oldest record that is not settled; as {@link received} was told. */
  get oldestReceivedAtMs(): EpochMs | undefined {
    const { lowest } = this.open;
    if (lowest === undefined) return undefined;
    let low = 0;
    let high = this.receipts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.receipts[middle]!.first <= lowest) low = middle;
      else high = middle - 1;
    }
    return this.receipts[low]?.atMs;
  }
}

/** The live segments, oldest first; positions rise from one to the next, with holes where one was removed. */
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

  remove(segment: Segment): void {
    this.items.splice(this.items.indexOf(segment), 1);
  }

  /** Those ranges in which something is here and not settled. */
  withOpen(ranges: readonly Range[]): Range[] {
    return ranges.filter((range) =>
      this.items.some(
        (segment) => range.first < segment.next && range.last >= segment.first && segment.open.hasIn(range),
      ),
    );
  }

  /** As `by`, a segment, says. */
  settle(range: Range, by: Segment): void {
    for (const segment of this.items) {
      const end = Math.min(range.last, segment.next - 1);
      const start = Math.max(range.first, segment.first);
      if (start <= end && segment !== by) segment.settledIn.add(by.number);
      for (let position = start; position <= end; position++) segment.open.settle(position);
    }
  }
}
