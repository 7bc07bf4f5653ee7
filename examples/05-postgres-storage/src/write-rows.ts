import type { TableName } from '@louver/core';
import type { ClientBase } from 'pg';
import { columnsOf } from './columns.js';
import type { columnArrays } from './row-values.js';
import { named } from './schema.js';

/** Of one statement: what PostgreSQL and `pg` hold of it in memory at once. A message of the protocol is 1 GB at the most. */
const PIECE_ROWS = 2_000;
const PIECE_CHARS = 16_000_000;

type Arrays = ReturnType<typeof columnArrays>;

/** Writes all rows, in the order in which they are; in a transaction of the caller's. */
export async function insertRows(client: ClientBase, schema: string, table: TableName, arrays: Arrays): Promise<void> {
  const text = insertSql(schema, table);
  for (const [from, to] of pieces(arrays)) {
    await client.query(
      text,
      arrays.map((values) => values.slice(from, to)),
    );
  }
}

function insertSql(schema: string, table: TableName): string {
  const columns = columnsOf(table)!;
  const names = columns.map(({ name }) => `"${name}"`);
  const values = columns.map(({ type }, place) => `$${place + 1}::${type}[]`);
  const insert = `INSERT INTO ${named(schema, table)} AS stored (${names.join(', ')}) SELECT * FROM unnest(${values.join(', ')})`;
  if (table !== 'device_registry') return insert;
  const replaced = names.map((name) => `${name} = excluded.${name}`).join(', ');
  return `${insert} ON CONFLICT (device_id) DO UPDATE SET ${replaced} WHERE excluded.last_seen >= stored.last_seen`;
}

function* pieces(arrays: Arrays): Generator<readonly [from: number, to: number]> {
  const count = arrays[0]?.length ?? 0;
  let from = 0;
  let chars = 0;
  for (let row = 0; row < count; row += 1) {
    let size = 0;
    for (const values of arrays) size += lengthOf(values[row]);
    if (row > from && (row - from >= PIECE_ROWS || chars + size > PIECE_CHARS)) {
      yield [from, row];
      from = row;
      chars = 0;
    }
    chars += size;
  }
  if (from < count) yield [from, count];
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : 0;
}

/** Of each device the row that stays: the last one of the newest `last_seen`. One statement may not replace a row twice. */
export function newestOfEachDevice<R extends { readonly device_id: string; readonly last_seen: number }>(
  rows: readonly R[],
): readonly R[] {
  const newest = new Map<string, R>();
  for (const row of rows) {
    if (row.last_seen >= (newest.get(row.device_id)?.last_seen ?? -Infinity)) newest.set(row.device_id, row);
  }
  // In one order: two processes that write the same devices do not wait for each other.
  return [...newest.values()].sort((a, b) => (a.device_id < b.device_id ? -1 : 1));
}
