import type { JournalFile } from './files.js';
import { ENTRY_OVERHEAD, MAX_BODY_BYTES } from './format.js';
import { crc32 } from './crc32.js';

/** Some 4 ms of work at the smallest records: the event loop is free between chunks. */
const CHUNK_BYTES = 256 * 1024;

export interface ScanRange {
  readonly marker: number;
  readonly from: number;
  readonly to: number;
}

export interface ScanVisitor {
  /** An intact entry: its body is `buffer[start..end)`, the entry begins at `offset` in the file. The buffer is not used again. */
  entry(buffer: Buffer, start: number, end: number, offset: number): void;
  /** A region that is no entry, between two that are. */
  damaged(offset: number, bytes: number): void;
}

/**
 * Walks the entries of a segment chunk by chunk; yields the offset reached after each chunk. Returns the end of the last intact entry:
 * less than `to` means that the rest is torn or damaged.
 */
export async function* scanEntries(
  file: JournalFile,
  range: ScanRange,
  visitor: ScanVisitor,
): AsyncGenerator<number, number, void> {
  const marker = Buffer.alloc(4);
  marker.writeUInt32LE(range.marker);
  let at = range.from;
  let good = range.from;
  let want = CHUNK_BYTES;
  while (at < range.to) {
    const whole = Buffer.allocUnsafe(Math.min(want, range.to - at));
    const filled = await file.read(whole, at);
    const buffer = whole.subarray(0, filled);
    const end = filled < whole.length ? at + filled : range.to;
    want = CHUNK_BYTES;
    let i = 0;
    while (i < filled) {
      const length = entryLength(buffer, i, range.marker, end - at);
      if (length > filled - i) {
        want = Math.max(CHUNK_BYTES, length);
        break;
      }
      if (length > 0 && crc32(buffer.subarray(i + 8, i + length)) === buffer.readUInt32LE(i + 4)) {
        if (good < at + i) visitor.damaged(good, at + i - good);
        visitor.entry(buffer, i + ENTRY_OVERHEAD, i + length, at + i);
        i += length;
        good = at + i;
        continue;
      }
      const next = buffer.indexOf(marker, i + 1);
      // A marker may begin in the last three bytes and go on in the next chunk.
      i = next >= 0 ? next : Math.max(i + 1, at + filled < end ? filled - 3 : filled);
    }
    at += i;
    yield at;
    if (filled < whole.length) break;
  }
  return good;
}

/**
 * Of the entry at `i`, with what stands before the body: 0 when there is none; more than the buffer holds when it must be read on.
 * `limit`: where the file ends, counted as `i` is.
 */
function entryLength(buffer: Buffer, i: number, marker: number, limit: number): number {
  if (i + ENTRY_OVERHEAD > limit) return 0;
  if (i + ENTRY_OVERHEAD > buffer.length) return ENTRY_OVERHEAD;
  if (buffer.readUInt32LE(i) !== marker) return 0;
  const body = buffer.readUInt32LE(i + 8);
  // A body of no bytes does not exist: a region of zeros must not look like entries.
  if (body < 1 || body > MAX_BODY_BYTES || i + ENTRY_OVERHEAD + body > limit) return 0;
  return ENTRY_OVERHEAD + body;
}
