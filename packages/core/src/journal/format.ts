import type { Position } from '../journal.js';
import { crc32 } from './crc32.js';

/*
 * A segment `0000000001.seg`, all numbers little-endian:
 *   header   two equal copies of 64 bytes (one flipped bit must not cost a segment):
 *            magic 8 · version u32 · marker u32 · journal id 16 · first position u64 · zeros · CRC-32 of the 60 bytes before it
 *   entries  marker u32 · CRC-32 u32 of what follows · length u32 of the body · body (type u8, then by type: entries.ts)
 * The marker is random per journal: after a damaged region the next entry is found by it, and no payload can forge one.
 * The layout of the header's magic, version and CRC is the same in every future version, so that each can refuse the other's files.
 */
/** What is written. Version 1 is read too: it lacks notes and deliveries that carry more than topic, payload and time. */
export const FORMAT_VERSION = 2;
export const OLDEST_VERSION = 1;
const COPY_BYTES = 64;
export const HEADER_BYTES = 2 * COPY_BYTES;
/** Before each entry's body. */
export const ENTRY_OVERHEAD = 12;
/** Far above any MQTT message that a broker lets through; keeps a false length from reading the whole disk into memory. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

const MAGIC = Buffer.from('louverJ\n', 'latin1');

export interface SegmentHeader {
  readonly version: number;
  readonly marker: number;
  /** 32 hex digits. */
  readonly id: string;
  /** The first position that this segment may hold: positions go on from it when all older segments are gone. */
  readonly first: Position;
}

export function encodeHeader(header: Omit<SegmentHeader, 'version'>): Buffer {
  const copy = Buffer.alloc(COPY_BYTES);
  MAGIC.copy(copy);
  copy.writeUInt32LE(FORMAT_VERSION, 8);
  copy.writeUInt32LE(header.marker, 12);
  copy.write(header.id, 16, 'hex');
  writeU64(copy, header.first, 32);
  copy.writeUInt32LE(crc32(copy.subarray(0, 60)), 60);
  return Buffer.concat([copy, copy]);
}

/** `undefined`: neither copy is intact. A header of another version is returned with no more than its version being meaningful. */
export function decodeHeader(bytes: Buffer): SegmentHeader | undefined {
  for (const at of [0, COPY_BYTES]) {
    const copy = bytes.subarray(at, at + COPY_BYTES);
    if (copy.length < COPY_BYTES || !copy.subarray(0, 8).equals(MAGIC)) continue;
    if (crc32(copy.subarray(0, 60)) !== copy.readUInt32LE(60)) continue;
    return {
      version: copy.readUInt32LE(8),
      marker: copy.readUInt32LE(12),
      id: copy.toString('hex', 16, 32),
      first: readU64(copy, 32),
    };
  }
  return undefined;
}

export function writeU64(buffer: Buffer, value: number, at: number): void {
  buffer.writeUInt32LE(value % 0x1_0000_0000, at);
  buffer.writeUInt32LE(Math.floor(value / 0x1_0000_0000), at + 4);
}

export function readU64(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at) + buffer.readUInt32LE(at + 4) * 0x1_0000_0000;
}

const SEGMENT_NAME = /^(\d{10})\.seg$/;

export function segmentName(number: number): string {
  return `${String(number).padStart(10, '0')}.seg`;
}

/** `undefined`: not a segment's name. */
export function segmentNumber(name: string): number | undefined {
  const match = SEGMENT_NAME.exec(name);
  return match === null ? undefined : Number(match[1]);
}
