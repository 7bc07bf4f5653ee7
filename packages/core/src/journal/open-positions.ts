import type { Position } from '../journal.js';

/** Which positions of one segment are not settled: one bit each, 200 kB for the 1.6 million smallest records of a 64 MiB segment. */
export class OpenPositions {
  private bits = new Uint8Array(64);
  private open = 0;

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
}
