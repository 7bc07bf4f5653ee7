import { setImmediate as nextTurn } from 'node:timers/promises';
import { ConnectionFault } from '../connection.js';

export type ReadRow = Readonly<Record<string, unknown>>;

/** Characters parsed in one turn of the event loop: about 3 ms. */
const TURN_CHARS = 512 * 1024;

/** Rows of one batch at the most. */
const BATCH_ROWS = 1_000;

/**
 * JSONEachRow text that comes in pieces of whole lines into batches of rows, giving way to others between them. An error that a server adds to
 * an answer which it has begun is thrown as itself.
 */
export async function* rowBatches(pieces: AsyncIterable<string>): AsyncGenerator<ReadRow[]> {
  for await (const text of pieces) {
    let rows: ReadRow[] = [];
    let chars = 0;
    for (let start = 0; start < text.length;) {
      let end = text.indexOf('\n', start);
      if (end < 0) end = text.length;
      if (end > start) rows.push(parsedRow(text.slice(start, end)));
      chars += end - start;
      start = end + 1;
      if (rows.length < BATCH_ROWS && chars < TURN_CHARS) continue;
      yield rows;
      rows = [];
      chars = 0;
      await nextTurn();
    }
    if (rows.length > 0) yield rows;
  }
}

function parsedRow(line: string): ReadRow {
  try {
    return JSON.parse(line) as ReadRow;
  } catch (cause) {
    const code = /\bCode: (\d+)\. DB::Exception/.exec(line)?.[1];
    throw new ConnectionFault(line.slice(0, 1000), {
      kind: 'server',
      ...(code !== undefined && { clickhouseCode: Number(code) }),
      cause,
    });
  }
}

/** JSONEachRow text into rows, giving way to others between slices. */
export async function parseRows(text: string): Promise<ReadRow[]> {
  const rows: ReadRow[] = [];
  let turn = 0;
  for (let start = 0; start < text.length;) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    if (end > start) rows.push(JSON.parse(text.slice(start, end)) as ReadRow);
    turn += end - start;
    start = end + 1;
    if (turn > TURN_CHARS) {
      turn = 0;
      await nextTurn();
    }
  }
  return rows;
}

/** A number however it was written: `"nan"` and null are NaN, `"inf"` is Infinity, 64-bit integers come as text. */
export function numberOf(row: ReadRow, column: string): number {
  const value = row[column];
  if (value === null || value === undefined) return NaN;
  if (value === 'inf') return Infinity;
  if (value === '-inf') return -Infinity;
  return Number(value);
}

export function textOf(row: ReadRow, column: string): string {
  return String(row[column] ?? '');
}

export function boolOf(row: ReadRow, column: string): boolean {
  const value = row[column];
  return value === true || value === 1 || value === 'true';
}
