import { setImmediate as nextTurn } from 'node:timers/promises';

export type ReadRow = Readonly<Record<string, unknown>>;

/** Characters parsed in one turn of the event loop: about 3 ms. */
const TURN_CHARS = 512 * 1024;

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
