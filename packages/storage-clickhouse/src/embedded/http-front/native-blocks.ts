import { varint } from './chunk-heads.js';
import { nativeType, type NativeType } from './native-types.js';

/** Since this version of the protocol a byte after each type says whether its values are written in an unusual way: never. */
const WITH_CUSTOM_SERIALIZATION = 54_454;
/** BlockInfo: field 1, not overflows; field 2, bucket -1; the end. */
const BLOCK_INFO = Buffer.from([1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0]);

interface Cursor {
  at: number;
}

/**
 * Blocks of Native as a client wants them that says its protocol version: the engine in the process writes those of version 0, as they
 * are in files. What differs stands between the columns, and where one ends only its values say.
 * Source: NativeWriter of ClickHouse, block.go of clickhouse-go.
 */
export function nativeBlocks(bytes: Buffer, protocolVersion: number): Buffer {
  if (protocolVersion === 0) return bytes;
  const isMarked = protocolVersion >= WITH_CUSTOM_SERIALIZATION;
  const pieces: Buffer[] = [];
  const cursor: Cursor = { at: 0 };
  while (cursor.at < bytes.length) {
    pieces.push(BLOCK_INFO);
    let from = cursor.at;
    const columns = varint(bytes, cursor);
    const rows = varint(bytes, cursor);
    for (let column = 0; column < columns; column++) {
      skipText(bytes, cursor);
      const type = nativeType(readText(bytes, cursor));
      if (isMarked) {
        pieces.push(bytes.subarray(from, cursor.at), Buffer.from([0]));
        from = cursor.at;
      }
      if (rows === 0) continue;
      skipPrefix(cursor, type);
      skipValues(bytes, cursor, type, rows);
    }
    pieces.push(bytes.subarray(from, cursor.at));
  }
  return Buffer.concat(pieces);
}

/** Versions of dictionaries and JSON stand before the values of the whole column. */
function skipPrefix(cursor: Cursor, type: NativeType): void {
  switch (type.kind) {
    case 'json':
    case 'dictionary':
      cursor.at += 8;
      return;
    case 'nullable':
    case 'array':
      return skipPrefix(cursor, type.of);
    case 'tuple':
      for (const element of type.of) skipPrefix(cursor, element);
      return;
    case 'fixed':
    case 'text':
  }
}

function skipValues(bytes: Buffer, cursor: Cursor, type: NativeType, rows: number): void {
  switch (type.kind) {
    case 'fixed':
      cursor.at += type.bytes * rows;
      return;
    case 'text':
    case 'json':
      for (let row = 0; row < rows; row++) skipText(bytes, cursor);
      return;
    case 'nullable':
      cursor.at += rows;
      return skipValues(bytes, cursor, type.of, rows);
    case 'array': {
      if (rows === 0) return;
      // Offsets of the ends: the last one counts all elements.
      const elements = Number(bytes.readBigUInt64LE(cursor.at + 8 * (rows - 1)));
      cursor.at += 8 * rows;
      return skipValues(bytes, cursor, type.of, elements);
    }
    case 'tuple':
      // A tuple of nothing has a byte per row.
      if (type.of.length === 0) cursor.at += rows;
      for (const element of type.of) skipValues(bytes, cursor, element, rows);
      return;
    case 'dictionary':
      return skipDictionary(bytes, cursor, type.of, rows);
  }
}

/** How wide its indices are, so many keys, so many indices. */
function skipDictionary(bytes: Buffer, cursor: Cursor, of: NativeType, rows: number): void {
  if (rows === 0) return;
  const width = 2 ** (bytes.readUInt8(cursor.at) & 3);
  const keys = Number(bytes.readBigUInt64LE(cursor.at + 8));
  cursor.at += 16;
  skipValues(bytes, cursor, of, keys);
  cursor.at += 8 + width * rows;
}

function readText(bytes: Buffer, cursor: Cursor): string {
  const length = varint(bytes, cursor);
  cursor.at += length;
  return bytes.toString('utf8', cursor.at - length, cursor.at);
}

function skipText(bytes: Buffer, cursor: Cursor): void {
  const length = varint(bytes, cursor);
  cursor.at += length;
}
