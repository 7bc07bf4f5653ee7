import { join } from 'node:path';
import { LouverError } from '../errors.js';
import type { Position } from '../journal.js';
import { readFrames, type Annotations, type Frame } from './annotations.js';
import type { Batch } from './batches.js';
import { copyAside, cutAt, moveAside, type Damage } from './damage.js';
import { decodeSettled, ENTRY, isDelivery, isRecord, MIN_RECORD_BYTES, positionOf, receivedAtOf } from './entries.js';
import type { JournalFiles } from './files.js';
import {
  decodeHeader,
  ENTRY_OVERHEAD,
  FORMAT_VERSION,
  HEADER_BYTES,
  OLDEST_VERSION,
  segmentNumber,
  type SegmentHeader,
} from './format.js';
import { scanEntries } from './scan.js';
import { Segment, SegmentList } from './segment.js';

export interface JournalIdentity {
  /** 32 hex digits. */
  readonly id: string;
  readonly marker: number;
}

export interface Recovered extends JournalIdentity {
  readonly segments: SegmentList;
  readonly nextPosition: Position;
  readonly nextSegment: number;
  readonly nextBatch: number;
  readonly annotations: Annotations;
  /** What is known of the tables. */
  readonly batches: readonly Batch[];
  /** There is no segment, the last one was cut or is of an older version: the next entry goes into a new one. */
  readonly startFresh: boolean;
}

export interface Recovery {
  readonly files: JournalFiles;
  readonly directory: string;
  /** For a journal that begins. */
  readonly newIdentity: () => JournalIdentity;
  readonly report: (damage: Damage) => void;
}

/** More than fit into any segment. */
const POSITIONS_OF_A_SEGMENT = 2 ** 32;

interface Found {
  readonly number: number;
  readonly path: string;
  readonly size: number;
  readonly header: SegmentHeader | undefined;
}

/**
 * Reads what is in the folder, cuts off a torn tail, sets damaged regions aside and reports them. Nothing is changed before every
 * segment's version is known to be ours.
 */
export async function recover(recovery: Recovery): Promise<Recovered> {
  const found = await findSegments(recovery);
  const known = found.find((each) => each.header !== undefined)?.header;
  refuseForeign(found, recovery.directory);
  const { id, marker } = known ?? recovery.newIdentity();
  const segments = new SegmentList();
  const frames: Frame[] = [];
  let nextPosition: Position = known?.first ?? 1;
  let startFresh = true;
  for (const each of found) {
    if (each.size < HEADER_BYTES || (each.header === undefined && known === undefined)) {
      await removeUnreadable(recovery, each, each === found.at(-1));
      nextPosition = Math.max(nextPosition, each.header?.first ?? skippedTo(nextPosition, segments, each.number));
      startFresh = true;
      continue;
    }
    const first = each.header?.first ?? skippedTo(nextPosition, segments, each.number);
    const segment = new Segment(each.number, each.path, first);
    segments.items.push(segment);
    const isLast = each === found.at(-1);
    const { cutBytes, lostBytes } = await readSegment({
      ...recovery,
      found: each,
      segment,
      segments,
      frames,
      marker,
      isLast,
    });
    // What is lost may have been stored already: its positions are not given to other records.
    nextPosition = segment.next + Math.ceil(lostBytes / MIN_RECORD_BYTES);
    startFresh = cutBytes > 0 || each.header?.version !== FORMAT_VERSION;
  }
  // Whoever began the last one may have been killed before its name was on disk.
  if (segments.items.length > 0) await recovery.files.syncDirectory(recovery.directory);
  const { annotations, batches, nextBatch } = await readFrames(recovery.files, segments, frames);
  const nextSegment = (found.at(-1)?.number ?? 0) + 1;
  return { id, marker, segments, nextPosition, nextSegment, nextBatch, annotations, batches, startFresh };
}

/** Of segments that were removed only the number is known where no header says to which position they went. */
function skippedTo(position: Position, { items }: SegmentList, number: number): Position {
  const before = items.at(-1)?.number ?? number - 1;
  return position + Math.max(0, number - 1 - before) * POSITIONS_OF_A_SEGMENT;
}

async function findSegments({ files, directory }: Recovery): Promise<Found[]> {
  const found: Found[] = [];
  for (const name of [...(await files.list(directory))].sort()) {
    const number = segmentNumber(name);
    if (number === undefined) continue;
    const path = join(directory, name);
    const file = await files.open(path, 'read');
    try {
      const bytes = Buffer.alloc(HEADER_BYTES);
      const filled = await file.read(bytes, 0);
      found.push({ number, path, size: await file.size(), header: decodeHeader(bytes.subarray(0, filled)) });
    } finally {
      await file.close();
    }
  }
  return found;
}

function refuseForeign(found: readonly Found[], directory: string): void {
  let known: SegmentHeader | undefined;
  for (const { header, path } of found) {
    if (header === undefined) continue;
    known ??= header;
    if (header.version < OLDEST_VERSION || header.version > FORMAT_VERSION) {
      throw new LouverError(
        'E_JOURNAL_DAMAGED',
        `${path} has format version ${header.version}, this release reads versions ${OLDEST_VERSION} to ${FORMAT_VERSION}. ` +
          `Open it with the release that wrote it and let it drain, or choose another folder. Nothing was changed.`,
      );
    }
    if (header.id !== known.id) {
      throw new LouverError(
        'E_JOURNAL_DAMAGED',
        `${directory} holds segments of two journals (${known.id} and, in ${path}, ${header.id}). ` +
          `Move the segments of one of them to a folder of their own. Nothing was changed.`,
      );
    }
  }
}

/** It died while it was being made, and holds nothing; or no header is left by which its entries could be told from noise. */
async function removeUnreadable(
  { files, directory, report }: Recovery,
  { path, size }: Found,
  isLast: boolean,
): Promise<void> {
  if (size >= HEADER_BYTES || !isLast) {
    report({ segment: path, offset: 0, bytes: size, kind: 'damaged header' });
    await moveAside(files, directory, path);
  } else {
    await files.remove(path);
    await files.syncDirectory(directory);
  }
}

interface SegmentReading extends Recovery {
  readonly found: Found;
  readonly segment: Segment;
  readonly segments: SegmentList;
  readonly frames: Frame[];
  readonly marker: number;
  readonly isLast: boolean;
}

/** Resolves to the number of bytes that were cut off its end, and of those behind its last record that cannot be read, the same included. */
async function readSegment(reading: SegmentReading): Promise<{ cutBytes: number; lostBytes: number }> {
  const { files, directory, found, segment, segments, frames, marker, isLast, report } = reading;
  const regions: Damage[] = [];
  const region = (kind: Damage['kind'], offset: number, bytes: number): Damage => ({
    segment: found.path,
    offset,
    bytes,
    kind,
  });
  if (found.header === undefined) regions.push(region('damaged header', 0, HEADER_BYTES));
  const file = await files.open(found.path, 'read');
  let good: number;
  let lastRecord = 0;
  try {
    const range = { marker, from: HEADER_BYTES, to: found.size };
    const scan = scanEntries(file, range, {
      entry(buffer, start, end, offset) {
        const type = buffer[start]!;
        if (isRecord(type)) {
          const position = positionOf(buffer, start);
          if (found.header === undefined && segment.next === segment.first) segment.beginAt(position);
          segment.open.add(position);
          segment.next = position + 1;
          lastRecord = offset;
          if (isDelivery(type)) segment.received(position, receivedAtOf(buffer, start));
        } else if (type === ENTRY.settled) {
          for (const settled of decodeSettled(buffer.subarray(start, end))) segments.settle(settled, segment);
        } else if (type === ENTRY.sent || type === ENTRY.done) {
          frames.push({ segment, offset: offset + ENTRY_OVERHEAD, bytes: end - start });
        }
      },
      damaged: (offset, bytes) => regions.push(region('damaged region', offset, bytes)),
    });
    let step = await scan.next();
    while (!step.done) step = await scan.next();
    good = step.value;
    if (good < found.size && !isLast) regions.push(region('damaged region', good, found.size - good));
    for (const damage of regions) if (await copyAside(files, directory, file, damage)) report(damage);
  } finally {
    await file.close();
  }
  segment.bytes = segment.syncedBytes = isLast ? good : found.size;
  const cutBytes = found.size - segment.bytes;
  // Also whole: what it says may so far be known to the running system only, and what is made of it now must not be known better than it.
  if (isLast) await cutAt(files, found.path, segment.bytes);
  if (cutBytes > 0) report(region('torn tail', good, cutBytes));
  const lostBehind = regions.filter(({ offset }) => offset > lastRecord);
  const lostBytes = lostBehind.reduce((sum, damage) => sum + damage.bytes, cutBytes);
  return { cutBytes, lostBytes };
}
