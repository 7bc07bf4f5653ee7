import { LouverError } from '../errors.js';
import type { DeliveryRecord, DerivedRecord, JournalRecord, NoteRecord, Position } from '../journal.js';
import type { TableName } from '../tables.js';
import { crc32 } from './crc32.js';
import { ENTRY_OVERHEAD, MAX_BODY_BYTES, readU64, writeU64 } from './format.js';
import { decodeRanges, encodeRanges, pushVarint, readVarint, type Range } from './ranges.js';

/** First byte of an entry's body. */
export const ENTRY = { delivery: 1, derived: 2, sent: 3, done: 4, settled: 5, note: 6, markedDelivery: 7 } as const;

/** A delivery of no topic and no payload: type 1, position 8, received-at 8, topic length 2. */
const DELIVERY_FIXED = 19;
/** After the topic of a delivery that carries more: flags 1, length 2 of the delivery id that follows. */
const MARKS_FIXED = 3;
const RETAINED = 1;
const DUP = 2;
const WITH_ID = 4;
/** Of a topic: its length has two bytes. */
const MAX_TOPIC_BYTES = 0xffff;
/** Type 1, position 8. */
const DERIVED_FIXED = 9;
/** The least that a record takes on disk: `{}` is the shortest JSON. */
export const MIN_RECORD_BYTES = ENTRY_OVERHEAD + DERIVED_FIXED + 2;

/** All records of one append, in one buffer; positions count up from `first`. */
export function encodeRecords(records: readonly JournalRecord[], first: Position, marker: number): Buffer {
  const bodies: number[] = [];
  const texts: (Buffer | undefined)[] = [];
  let total = 0;
  for (const record of records) {
    const text = record.type === 'delivery' ? undefined : Buffer.from(textOf(record));
    const body = record.type === 'delivery' ? deliveryBytes(record) : DERIVED_FIXED + text!.length;
    if (body > MAX_BODY_BYTES) throw tooLong(body);
    texts.push(text);
    bodies.push(body);
    total += ENTRY_OVERHEAD + body;
  }
  const buffer = Buffer.allocUnsafe(total);
  let at = 0;
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!;
    const start = at + ENTRY_OVERHEAD;
    writeU64(buffer, first + i, start + 1);
    if (record.type === 'delivery') {
      buffer.writeDoubleLE(record.receivedAtMs, start + 9);
      const topicBytes = buffer.write(record.topic, start + DELIVERY_FIXED);
      buffer.writeUInt16LE(topicBytes, start + 17);
      const topicEnd = start + DELIVERY_FIXED + topicBytes;
      const marked = isMarked(record);
      buffer[start] = marked ? ENTRY.markedDelivery : ENTRY.delivery;
      buffer.set(record.payload, marked ? writeMarks(buffer, topicEnd, record) : topicEnd);
    } else {
      buffer[start] = ENTRY[record.type];
      buffer.set(texts[i]!, start + DERIVED_FIXED);
    }
    at = frame(buffer, at, bodies[i]!, marker);
  }
  return buffer;
}

function isMarked(record: DeliveryRecord): boolean {
  return record.retained === true || record.dup === true || record.deliveryId !== undefined;
}

function deliveryBytes(record: DeliveryRecord): number {
  const topicBytes = Buffer.byteLength(record.topic);
  if (topicBytes > MAX_TOPIC_BYTES) throw tooLongTopic(topicBytes);
  const plain = DELIVERY_FIXED + topicBytes + record.payload.length;
  return isMarked(record) ? plain + MARKS_FIXED + Buffer.byteLength(record.deliveryId ?? '') : plain;
}

/** Returns where the payload begins. */
function writeMarks(buffer: Buffer, at: number, { retained, dup, deliveryId }: DeliveryRecord): number {
  buffer[at] = (retained === true ? RETAINED : 0) | (dup === true ? DUP : 0) | (deliveryId === undefined ? 0 : WITH_ID);
  const idBytes = buffer.write(deliveryId ?? '', at + MARKS_FIXED);
  buffer.writeUInt16LE(idBytes, at + 1);
  return at + MARKS_FIXED + idBytes;
}

/** SENT: these positions' (`ranges`: by {@link encodeRanges}) rows of `table` may be in storage from now on. */
export function encodeSent(batch: number, table: TableName, ranges: Buffer, marker: number): Buffer {
  const name = Buffer.from(table);
  const head: number[] = [ENTRY.sent];
  pushVarint(head, batch);
  pushVarint(head, name.length);
  return framed(Buffer.concat([Buffer.from(head), name, ranges]), marker);
}

/** DONE: the rows of that SENT are in storage. */
export function encodeDone(batch: number, marker: number): Buffer {
  const body: number[] = [ENTRY.done];
  pushVarint(body, batch);
  return framed(Buffer.from(body), marker);
}

export function encodeSettled(ranges: readonly Range[], marker: number): Buffer {
  return framed(Buffer.concat([Buffer.from([ENTRY.settled]), encodeRanges(ranges)]), marker);
}

export function isRecord(type: number): boolean {
  return isDelivery(type) || type === ENTRY.derived || type === ENTRY.note;
}

export function isDelivery(type: number): boolean {
  return type === ENTRY.delivery || type === ENTRY.markedDelivery;
}

/** Of a delivery's body. */
export function receivedAtOf(buffer: Buffer, start: number): number {
  return buffer.readDoubleLE(start + 9);
}

/** Of a record's body. */
export function positionOf(buffer: Buffer, start: number): Position {
  return readU64(buffer, start + 1);
}

export function decodeRecord(buffer: Buffer, start: number, end: number): JournalRecord {
  if (buffer[start] === ENTRY.derived) return parseRow(buffer.toString('utf8', start + DERIVED_FIXED, end));
  if (buffer[start] === ENTRY.note) return parseNote(buffer.toString('utf8', start + DERIVED_FIXED, end));
  const topicEnd = start + DELIVERY_FIXED + buffer.readUInt16LE(start + 17);
  const marks = buffer[start] === ENTRY.markedDelivery ? readMarks(buffer, topicEnd) : NO_MARKS;
  return {
    type: 'delivery',
    topic: buffer.toString('utf8', start + DELIVERY_FIXED, topicEnd),
    payload: buffer.subarray(topicEnd + marks.bytes, end),
    receivedAtMs: receivedAtOf(buffer, start),
    ...marks.members,
  };
}

const NO_MARKS = { bytes: 0, members: undefined };

function readMarks(
  buffer: Buffer,
  at: number,
): { bytes: number; members: Pick<DeliveryRecord, 'retained' | 'dup' | 'deliveryId'> } {
  const flags = buffer[at]!;
  const bytes = MARKS_FIXED + buffer.readUInt16LE(at + 1);
  const members = {
    ...((flags & RETAINED) !== 0 && { retained: true }),
    ...((flags & DUP) !== 0 && { dup: true }),
    ...((flags & WITH_ID) !== 0 && { deliveryId: buffer.toString('utf8', at + MARKS_FIXED, at + bytes) }),
  };
  return { bytes, members };
}

/** Of a whole body of type `sent`. */
export function decodeSent(body: Buffer): { batch: number; table: TableName; ranges: Range[] } {
  const cursor = { at: 1 };
  const batch = readVarint(body, cursor);
  const nameBytes = readVarint(body, cursor);
  const table = body.toString('utf8', cursor.at, cursor.at + nameBytes) as TableName;
  return { batch, table, ranges: decodeRanges(body.subarray(cursor.at + nameBytes)) };
}

/** Of a whole body of type `done`. */
export function decodeDone(body: Buffer): number {
  return readVarint(body, { at: 1 });
}

/** Of a whole body of type `settled`. */
export function decodeSettled(body: Buffer): Range[] {
  return decodeRanges(body.subarray(1));
}

function framed(body: Buffer, marker: number): Buffer {
  const buffer = Buffer.allocUnsafe(ENTRY_OVERHEAD + body.length);
  body.copy(buffer, ENTRY_OVERHEAD);
  frame(buffer, 0, body.length, marker);
  return buffer;
}

/** Fills in what stands before a body that is in place already; returns where the next entry begins. */
function frame(buffer: Buffer, at: number, bodyBytes: number, marker: number): number {
  const end = at + ENTRY_OVERHEAD + bodyBytes;
  buffer.writeUInt32LE(marker, at);
  buffer.writeUInt32LE(bodyBytes, at + 8);
  buffer.writeUInt32LE(crc32(buffer.subarray(at + 8, end)), at + 4);
  return end;
}

function textOf(record: DerivedRecord | NoteRecord): string {
  return record.type === 'note' ? JSON.stringify([record.key, record.value]) : stringifyRow(record);
}

function parseNote(text: string): NoteRecord {
  const [key, value] = JSON.parse(text) as [string, string];
  return { type: 'note', key, value };
}

/** JSON has no NaN, Infinity or −0; an unknown number must not come back as null. */
function stringifyRow(record: DerivedRecord): string {
  return JSON.stringify([record.table, record.row], (_key, value: unknown) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? { [NUMBER]: Object.is(value, -0) ? '-0' : String(value) }
      : value,
  );
}

const NUMBER = '$number';

function parseRow(text: string): DerivedRecord {
  const [table, row] = JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && NUMBER in value ? Number(value[NUMBER]) : value,
  ) as [TableName, unknown];
  return { type: 'derived', table, row } as DerivedRecord;
}

function tooLongTopic(bytes: number): LouverError {
  return new LouverError(
    'E_CONFIG',
    `a topic of ${bytes} bytes cannot be kept in the journal, at most ${MAX_TOPIC_BYTES} bytes are possible, as in MQTT. ` +
      `Refuse such messages at the transport or the broker.`,
  );
}

function tooLong(bytes: number): LouverError {
  return new LouverError(
    'E_CONFIG',
    `a record of ${bytes} bytes cannot be kept in the journal, at most ${MAX_BODY_BYTES} bytes are possible. ` +
      `Limit the size of messages at the transport or the broker.`,
  );
}
