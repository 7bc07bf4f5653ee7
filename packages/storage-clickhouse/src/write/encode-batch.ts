import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TableSchema } from '../schema/tables.js';
import type { RowEncoder } from './encode-row.js';

/** Encoded in one turn of the event loop: about 2 ms of short rows, or of a few long ones. */
const SLICE_ROWS = 1000;
const SLICE_CHARS = 256 * 1024;
/** Of one insert, so that it stays one block (ClickHouse's own bounds are 1,048,449 rows and 256 MiB) and its memory is bounded. */
const INSERT_ROWS = 10_000;
const INSERT_CHARS = 16 * 1024 * 1024;

/** Rows of one insert: all of one partition, so that they become visible together. */
export interface EncodedInsert {
  readonly body: readonly Uint8Array[];
  readonly rows: number;
}

interface OpenInsert {
  readonly body: Uint8Array[];
  rows: number;
  chars: number;
  /** Of the current slice. */
  lines: string;
}

/**
 * Checks and encodes every row before the first of them is sent. Rows keep their order within a month. Throws `E_STORAGE_REJECTED`.
 */
export async function encodeBatch(
  table: TableSchema,
  encoder: RowEncoder,
  rows: readonly object[],
): Promise<EncodedInsert[]> {
  const inserts: OpenInsert[] = [];
  const openByMonth = new Map<number, OpenInsert>();
  const month = monthFinder();
  let turnRows = 0;
  let turnChars = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const line = encoder.encode(row, i);
    const key = table.partitionTime === undefined ? 0 : month((row as Record<string, number>)[table.partitionTime]!);
    let insert = openByMonth.get(key);
    if (insert === undefined || insert.rows === INSERT_ROWS || insert.chars + line.length > INSERT_CHARS) {
      if (insert !== undefined) closeSlice(insert);
      insert = { body: [], rows: 0, chars: 0, lines: '' };
      openByMonth.set(key, insert);
      inserts.push(insert);
    }
    insert.lines += line;
    insert.rows += 1;
    insert.chars += line.length;
    turnRows += 1;
    turnChars += line.length;
    if (turnRows >= SLICE_ROWS || turnChars >= SLICE_CHARS) {
      for (const open of openByMonth.values()) closeSlice(open);
      turnRows = 0;
      turnChars = 0;
      await nextTurn();
    }
  }
  for (const open of openByMonth.values()) closeSlice(open);
  return inserts;
}

function closeSlice(insert: OpenInsert): void {
  if (insert.lines === '') return;
  insert.body.push(Buffer.from(insert.lines));
  insert.lines = '';
}

/** Number of the UTC month; neighbours in a batch mostly share it. */
function monthFinder(): (ms: number) => number {
  let start = 0;
  let end = 0;
  let number = 0;
  return (ms) => {
    if (ms >= start && ms < end) return number;
    const date = new Date(ms);
    const year = date.getUTCFullYear();
    const month = date.getUTCMonth();
    start = Date.UTC(year, month, 1);
    end = Date.UTC(year, month + 1, 1);
    number = year * 12 + month;
    return number;
  };
}
