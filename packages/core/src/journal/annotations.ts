import type { JournalEntry, Position } from '../journal.js';
import type { TableName } from '../tables.js';
import { decodeDone, decodeSent, ENTRY } from './entries.js';
import type { JournalFiles } from './files.js';
import { RangeSet, type Range } from './ranges.js';
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

export const NO_ANNOTATIONS = new Annotations(new Map(), new Map());

function tablesWith(sets: ReadonlyMap<TableName, RangeSet>, position: Position): TableName[] {
  const tables: TableName[] = [];
  for (const [table, set] of sets) if (set.has(position)) tables.push(table);
  return tables;
}

interface Sent {
  readonly table: TableName;
  readonly ranges: readonly Range[];
  done: boolean;
}

/** Only positions that are not settled are kept; `nextBatch` is above every batch number in use. */
export async function readFrames(
  files: JournalFiles,
  list: SegmentList,
  frames: readonly Frame[],
): Promise<{ annotations: Annotations; nextBatch: number }> {
  const sent = new Map<number, Sent>();
  let nextBatch = 1;
  for (const segment of list.items) {
    const own = frames.filter((frame) => frame.segment === segment);
    if (own.length === 0) continue;
    const file = await files.open(segment.path, 'read');
    try {
      for (const frame of own) {
        const body = Buffer.alloc(frame.bytes);
        await file.read(body, frame.offset);
        nextBatch = Math.max(nextBatch, 1 + take(body, sent, list));
      }
    } finally {
      await file.close();
    }
  }
  const batches = [...sent.values()];
  const annotations = new Annotations(
    byTable(batches.filter((batch) => batch.done)),
    byTable(batches.filter((batch) => !batch.done)),
  );
  return { annotations, nextBatch };
}

function take(body: Buffer, sent: Map<number, Sent>, list: SegmentList): number {
  if (body[0] === ENTRY.done) {
    const batch = decodeDone(body);
    const before = sent.get(batch);
    if (before !== undefined) before.done = true;
    return batch;
  }
  const { batch, table, ranges } = decodeSent(body);
  sent.set(batch, { table, ranges: list.unsettledIn(ranges), done: false });
  return batch;
}

function byTable(batches: readonly Sent[]): Map<TableName, RangeSet> {
  const gathered = new Map<TableName, Range[]>();
  for (const { table, ranges } of batches) {
    const all = gathered.get(table) ?? [];
    for (const range of ranges) all.push(range);
    if (all.length > 0) gathered.set(table, all);
  }
  return new Map([...gathered].map(([table, ranges]) => [table, new RangeSet(ranges)]));
}
