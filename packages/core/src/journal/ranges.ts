import type { Position } from '../journal.js';

/** Positions from `first` to `last`, both included. */
export interface Range {
  readonly first: Position;
  readonly last: Position;
}

/** Sorted, without repeats, neighbours joined. */
export function toRanges(positions: readonly Position[]): Range[] {
  const sorted = [...positions].sort((a, b) => a - b);
  const ranges: { first: Position; last: Position }[] = [];
  for (const position of sorted) {
    const open = ranges.at(-1);
    if (open !== undefined && position <= open.last + 1) open.last = Math.max(open.last, position);
    else ranges.push({ first: position, last: position });
  }
  return ranges;
}

/** Sorted ranges as varints (LEB128): gap to the end before, length − 1, and so on: two bytes for a usual range. */
export function encodeRanges(ranges: readonly Range[]): Buffer {
  const bytes: number[] = [];
  let end = 0;
  for (const { first, last } of ranges) {
    pushVarint(bytes, first - end);
    pushVarint(bytes, last - first);
    end = last;
  }
  return Buffer.from(bytes);
}

export function decodeRanges(bytes: Uint8Array): Range[] {
  const ranges: Range[] = [];
  const cursor = { at: 0 };
  let end = 0;
  while (cursor.at < bytes.length) {
    const first = end + readVarint(bytes, cursor);
    const last = first + readVarint(bytes, cursor);
    ranges.push({ first, last });
    end = last;
  }
  return ranges;
}

/** Exact up to 2^53: arithmetic, not bit operators. */
export function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

export function readVarint(bytes: Uint8Array, cursor: { at: number }): number {
  let value = 0;
  for (let scale = 1; ; scale *= 0x80) {
    const byte = bytes[cursor.at++] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
}

/** Sorted, those that overlap or touch joined. */
export function joinRanges(ranges: readonly Range[]): Range[] {
  const joined: { first: Position; last: Position }[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const open = joined.at(-1);
    if (open !== undefined && range.first <= open.last + 1) open.last = Math.max(open.last, range.last);
    else joined.push({ ...range });
  }
  return joined;
}

/** A set of positions, kept as sorted ranges. */
export class RangeSet {
  private readonly ranges: readonly Range[];

  constructor(ranges: readonly Range[]) {
    this.ranges = joinRanges(ranges);
  }

  has(position: Position): boolean {
    let low = 0;
    let high = this.ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const range = this.ranges[middle]!;
      if (position < range.first) high = middle - 1;
      else if (position > range.last) low = middle + 1;
      else return true;
    }
    return false;
  }
}
