import type { Format } from './formats.js';

/** Bytes of the head that every piece of a streamed answer begins with: only the first one's is sent. */
export function headBytes(piece: Buffer, { pieces }: Format): number {
  switch (pieces) {
    case '1 lines':
    case '2 lines':
      return afterLines(piece, Number(pieces[0]), false);
    case '1 records':
    case '2 records':
      return afterLines(piece, Number(pieces[0]), true);
    case 'names':
    case 'names and types':
      return afterNames(piece, pieces === 'names' ? 1 : 2);
    default:
      return 0;
  }
}

/** @param isQuoted line breaks inside double quotes are part of a name */
function afterLines(piece: Buffer, lines: number, isQuoted: boolean): number {
  let isInside = false;
  let left = lines;
  for (let at = 0; at < piece.length; at++) {
    if (isQuoted && piece[at] === 0x22) isInside = !isInside;
    if (piece[at] === 0x0a && !isInside && --left === 0) return at + 1;
  }
  return piece.length;
}

/** RowBinary: how many columns, then so many strings, once or twice. */
function afterNames(piece: Buffer, times: number): number {
  const cursor = { at: 0 };
  const columns = varint(piece, cursor);
  for (let left = columns * times; left > 0; left--) {
    // The length moves the cursor before it is added to it.
    const length = varint(piece, cursor);
    cursor.at += length;
  }
  return cursor.at;
}

/** LEB128, below 2^53. */
export function varint(bytes: Buffer, cursor: { at: number }): number {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes.readUInt8(cursor.at++);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
}
