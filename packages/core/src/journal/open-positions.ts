import type { Position } from '../journal.js';
import type { Range } from './ranges.js';

/** Which positions of one segment are not settled: one bit each, 200 kB for the 1.6 million smallest records of a 64 MiB segment. */
export class OpenPositions {
  private bits = new Uint8Array(64);
  private open = 0;
  /** No bit is set in the bytes before. */
  private low = 0;

  constructor(private readonly first: Position) {}

  get count(): number {
    return this.open;
  }

  add(position: Position): void {
    const index = position - this.first;
    const byte = index >>> 3;
    if (byte >= this.bits.length) {
      const grown = new Uint8Array(Math.max(byte + 1, this.bits.length * 2));
      grown.set(this.bits);
      this.bits = grown;
    }
    if (!this.has(position)) this.open++;
    if (byte < this.low) this.low = byte;
    this.bits[byte]! |= 1 << (index & 7);
  }

  settle(position: Position): void {
    if (!this.has(position)) return;
    const index = position - this.first;
    this.bits[index >>> 3]! &= ~(1 << (index & 7));
    this.open--;
  }

  has(position: Position): boolean {
    const index = position - this.first;
    return index >= 0 && ((this.bits[index >>> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  get lowest(): Position | undefined {
    if (this.open === 0) return undefined;
    while (this.bits[this.low] === 0) this.low++;
    const byte = this.bits[this.low]!;
    return this.first + this.low * 8 + (31 - Math.clz32(byte & -byte));
  }

  /** Whether one of these is not settled. */
  hasIn({ first, last }: Range): boolean {
    const end = Math.min(last - this.first, this.bits.length * 8 - 1);
    for (let index = Math.max(0, first - this.first); index <= end; index++) {
      const byte = this.bits[index >>> 3]!;
      if (byte === 0) index |= 7;
      else if ((byte & (1 << (index & 7))) !== 0) return true;
    }
    return false;
  }

  /** What is settled, or never was, of the positions below `next`. */
  settledBelow(next: Position): Range[] {
    const ranges: Range[] = [];
    let start = this.first;
    for (let position = start; position < next; position++) {
      const index = position - this.first;
      if ((index & 7) === 0 && (this.bits[index >>> 3] ?? 0) === 0) {
        position += 7;
        continue;
      }
      if (!this.has(position)) continue;
      if (position > start) ranges.push({ first: start, last: position - 1 });
      start = position + 1;
    }
    if (next > start) ranges.push({ first: start, last: next - 1 });
    return ranges;
  }
}
