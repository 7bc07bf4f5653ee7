import { TABLE_IDENTITY, type RowKey, type TableName } from '@louver/core';
import type { ClientBase } from 'pg';
import { fromBound, toBound } from './row-values.js';
import { named } from './schema.js';
import { toText } from './text.js';

/** Which of the keys have a row, in order. In a table without an identity none. */
export async function rowsPresent(
  client: ClientBase,
  schema: string,
  table: TableName,
  keys: readonly RowKey[],
): Promise<readonly boolean[]> {
  const text = lookUpSql(schema, table);
  if (text === undefined) return keys.map(() => false);
  const { rows } = await client.query<{ there: boolean }>(text, lookUpValues(keys));
  return rows.map(({ there }) => there);
}

/** One probe of an index for each key: a subquery of each row is never turned into a scan of the table. */
export function lookUpSql(schema: string, table: TableName): string | undefined {
  const identity = TABLE_IDENTITY[table];
  if (identity === undefined) return undefined;
  return `SELECT EXISTS (
      SELECT FROM ${named(schema, table)} AS stored
      WHERE stored.device_id = wanted.device_id AND stored."${identity.id}" = wanted.id
        AND stored."${identity.time}" BETWEEN wanted.from_time AND wanted.to_time
    ) AS there
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY
      AS wanted(device_id, id, from_time, to_time, place)
    ORDER BY wanted.place`;
}

export function lookUpValues(keys: readonly RowKey[]): unknown[] {
  return [
    keys.map(({ deviceId }) => toText(deviceId)),
    keys.map(({ id }) => toText(id)),
    keys.map(({ fromMs }) => fromBound(fromMs)),
    keys.map(({ toMs }) => toBound(toMs)),
  ];
}
