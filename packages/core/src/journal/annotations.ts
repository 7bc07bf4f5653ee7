import type { JournalEntry, Position } from '../journal.js';
import type { TableName } from '../tables.js';
import type { Batch } from './batches.js';
import { decodeDone, decodeSent, ENTRY } from './entries.js';
import type { JournalFiles } from './files.js';
import { decodeRanges, encodeRanges, joinRanges, RangeSet, type Range } from './ranges.js';
import type { Segment, SegmentList } from './segment.js';

/** Where a SENT or DONE is on disk: read again once it is known which positions still matter. */
export interface Frame {
  readonly segment: Segment;
  /** Of the body. */
  readonly offset: number;
  readonly bytes: number;
}

const NO_TABLES: readonly TableName[] = [];
const CLEAN = { stored: NO_TABLES, inDoubt: NO_TABLES };

/** What the tables had of records from before this start. */
export class Annotations {
  constructor(
    private readonly stored: ReadonlyMap<TableName, RangeSet>,
    private readonly inDoubt: ReadonlyMap<TableName, RangeSet>,
  ) {}

  of(position: Position): Pick<JournalEntry, 'stored' | 'inDoubt'> {
    const stored = tablesWith(this.stored, position);
    const inDoubt = tablesWith(this.inDoubt, position).filter((table) => !stored.includes(table));
    return stored.length === 0 && inDoubt.length === 0 ? CLEAN : { stored, inDoubt };
  }
}

function tablesWith(sets: ReadonlyMap<TableName, RangeSet>, position: Position): TableName[] {
  const tables: TableName[] = [];
  for (const [table, set] of sets) if (set.has(position)) tables.push(table);
  return tables;
}

/** Only what concerns positions that are not settled is kept; `nextBatch` is above every batch number in use. */
export async function readFrames(
  files: JournalFiles,
  list: SegmentList,
  frames: readonly Frame[],
): Promise<{ annotations: Annotations; batches: Batch[]; nextBatch: number }> {
  const sent = new Map<number, Batch>();
  // A DONE may be older than a copy of its SENT.
  const done = new Map<number, number>();
  let nextBatch = 1;
  for (const segment of list.items) {
    const own = frames.filter((frame) => frame.segment === segment);
    if (own.length === 0) continue;
    const file = await files.open(segment.path, 'read');
    try {
      for (const frame of own) {
        const body = Buffer.alloc(frame.bytes);
        await file.read(body, frame.offset);
        if (body[0] === ENTRY.done) {
          const number = decodeDone(body);
          done.set(number, segment.number);
          nextBatch = Math.max(nextBatch, number + 1);
        } else {
          const { batch: number, table, ranges } = decodeSent(body);
          const known = sent.get(number)?.ranges ?? Buffer.alloc(0);
          const all = list.withOpen(joinRanges([...decodeRanges(known), ...ranges]));
          sent.set(number, {
            number,
            table,
            ranges: encodeRanges(all),
            done: false,
            sentIn: segment.number,
            doneIn: 0,
          });
          nextBatch = Math.max(nextBatch, number + 1);
        }
      }
    } finally {
      await file.close();
    }
  }
  const batches = [...sent.values()].filter((batch) => batch.ranges.length > 0);
  for (const batch of batches) {
    batch.doneIn = done.get(batch.number) ?? 0;
    batch.done = batch.doneIn > 0;
  }
  const annotations = new Annotations(
    byTable(batches.filter((batch) => batch.done)),
    byTable(batches.filter((batch) => !batch.done)),
  );
  return { annotations, batches, nextBatch };
}

function byTable(batches: readonly Batch[]): Map<TableName, RangeSet> {
  const gathered = new Map<TableName, Range[]>();
  for (const batch of batches) {
    const all = gathered.get(batch.table) ?? [];
    for (const range of decodeRanges(batch.ranges)) all.push(range);
    gathered.set(batch.table, all);
  }
  return new Map([...gathered].map(([table, ranges]) => [table, new RangeSet(ranges)]));
}
