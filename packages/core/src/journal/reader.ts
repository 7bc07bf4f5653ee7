import type { JournalEntry, JournalRecord, Position } from '../journal.js';
import type { Annotations } from './annotations.js';
import { decodeRecord, isRecord, positionOf } from './entries.js';
import type { JournalFile, JournalFiles } from './files.js';
import { HEADER_BYTES } from './format.js';
import { scanEntries } from './scan.js';
import type { Segment, SegmentList } from './segment.js';
import type { MemoryTail, Written } from './tail.js';

export interface ReaderView {
  readonly files: JournalFiles;
  readonly segments: SegmentList;
  readonly tail: MemoryTail;
  readonly marker: number;
  readonly annotations: Annotations;
  /** Positions below are from before this start. */
  readonly replayedBelow: Position;
  /** Resolves when something was written, the journal closes or `signal` aborts. */
  changed(signal: AbortSignal): Promise<void>;
  closed(): boolean;
}

const BATCH_BYTES = 1024 * 1024;
const BATCH_ENTRIES = 1024;

interface Cursor {
  segment: number;
  /** In that segment: everything before is dealt with. */
  offset: number;
  /** Everything below is dealt with. */
  next: Position;
}

/**
 * What is not settled, in order: from memory while the reader keeps up, from disk when it does not. Holds one chunk of a segment at a
 * time, whatever is behind it.
 */
export async function* readEntries(
  view: ReaderView,
  { follow, signal, from = 0 }: { readonly follow: boolean; readonly signal: AbortSignal; readonly from?: Position },
): AsyncGenerator<readonly JournalEntry[], void, void> {
  const until = follow ? Number.POSITIVE_INFINITY : view.segments.items.at(-1)!.next;
  // Nothing below `from` is looked at but to pass it by.
  const cursor: Cursor = { segment: 0, offset: 0, next: from };
  const ended = (): boolean => signal.aborted || view.closed() || cursor.next >= until;
  while (!ended()) {
    const segment = view.segments.byNumber(cursor.segment);
    if (segment === undefined || cursor.next >= segment.next) {
      const following = view.segments.after(cursor.segment);
      if (following !== undefined) {
        Object.assign(cursor, {
          segment: following.number,
          offset: HEADER_BYTES,
          next: Math.max(from, following.first),
        });
      } else if (follow) await view.changed(signal);
      else return;
      continue;
    }
    const written = view.tail.find(cursor.next);
    const batches =
      written === undefined ? fromDisk(view, segment, cursor, ended) : fromMemory(view, written, cursor, until);
    for await (const batch of batches) {
      if (signal.aborted) return;
      if (follow) view.tail.passed(cursor.next);
      if (batch.length > 0) yield until === Number.POSITIVE_INFINITY ? batch : batch.filter((e) => e.position < until);
    }
  }
}

function* fromMemory(
  view: ReaderView,
  written: Written,
  cursor: Cursor,
  until: Position,
): Generator<readonly JournalEntry[], void, void> {
  const { first, records } = written;
  const open = view.segments.byNumber(written.segment)?.open;
  let batch: JournalEntry[] = [];
  let bytes = 0;
  for (let i = Math.max(0, cursor.next - first); i < records.length && first + i < until; i++) {
    if (open?.has(first + i) === true) {
      batch.push(entryOf(view, first + i, records[i]!));
      bytes += records[i]!.type === 'delivery' ? (records[i] as { payload: Uint8Array }).payload.length : 256;
    }
    if (bytes >= BATCH_BYTES || batch.length >= BATCH_ENTRIES) {
      cursor.next = first + i + 1;
      yield batch;
      batch = [];
      bytes = 0;
    }
  }
  Object.assign(cursor, { segment: written.segment, offset: written.endOffset, next: first + records.length });
  yield batch;
}

/** To the end of what is on disk of this segment, or until the reader has caught up with what is in memory. */
async function* fromDisk(
  view: ReaderView,
  segment: Segment,
  cursor: Cursor,
  ended: () => boolean,
): AsyncGenerator<readonly JournalEntry[], void, void> {
  let file: JournalFile;
  try {
    file = await view.files.open(segment.path, 'read');
  } catch (error) {
    // Removed in the meantime, or about to be taken off the list: all of it was settled.
    if (view.segments.byNumber(segment.number) !== undefined && !segment.settled) throw error;
    cursor.next = Math.max(cursor.next, segment.next);
    return;
  }
  try {
    let batch: JournalEntry[] = [];
    const range = { marker: view.marker, from: cursor.offset, to: segment.syncedBytes };
    const scan = scanEntries(file, range, {
      entry(buffer, start, end) {
        if (!isRecord(buffer[start]!)) return;
        const position = positionOf(buffer, start);
        if (position < cursor.next) return;
        cursor.next = position + 1;
        if (segment.open.has(position)) batch.push(entryOf(view, position, decodeRecord(buffer, start, end)));
      },
      // Reported when the journal was opened.
      damaged() {},
    });
    for await (const reached of scan) {
      cursor.offset = reached;
      const full = batch;
      batch = [];
      yield full;
      if (ended() || view.tail.find(cursor.next) !== undefined) return;
    }
    // A rest that cannot be read holds nothing that could be waited for.
    if (cursor.next < segment.next && cursor.offset >= range.to && segment.syncedBytes === range.to)
      cursor.next = segment.next;
  } finally {
    await file.close();
  }
}

const NO_TABLES: readonly never[] = [];

function entryOf(view: ReaderView, position: Position, record: JournalRecord): JournalEntry {
  if (position >= view.replayedBelow)
    return { position, record, replayed: false, stored: NO_TABLES, inDoubt: NO_TABLES };
  return { position, record, replayed: true, ...view.annotations.of(position) };
}
