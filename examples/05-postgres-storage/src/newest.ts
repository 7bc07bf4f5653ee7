import type { TableName } from '@louver/core';
import { named } from './schema.js';

/** The newest row of each name: of each device, in `sensor_scalar` of each device and quantity. */
export interface NewestQuery {
  readonly table: TableName;
  /** What is selected of it, in SQL; `stored` is the row. */
  readonly columns: string;
  /** Which rows count, in SQL. Default: all. */
  readonly where?: string;
  /** SQL for the one device that is asked for. Default: all. */
  readonly device?: string;
}

/**
 * Jumps in the index from one name to the next one, and for each to its newest row: as many steps as there are names, however many rows there
 * are. `DISTINCT ON` would read all of the table.
 */
export function newestSql(schema: string, { table, columns, where, device }: NewestQuery): string {
  const from = `FROM ${named(schema, table)} AS stored`;
  const name = table === 'sensor_scalar' ? ['device_id', 'quantity'] : ['device_id'];
  const listed = name.map((column) => `stored.${column}`).join(', ');
  const before = name.map((column) => `names.${column}`).join(', ');
  const only = device === undefined ? 'TRUE' : `stored.device_id = ${device}`;
  const received = ['sensor_temperature', 'sensor_humidity', 'sensor_scalar', 'sensor_audio'].includes(table);
  const newest = `stored."timestamp" DESC${received ? ', stored.received_at DESC' : ''}`;
  return `(WITH RECURSIVE names AS (
      (SELECT ${listed} ${from} WHERE ${only} ORDER BY ${listed} LIMIT 1)
      UNION ALL
      SELECT next.* FROM names, LATERAL (
        SELECT ${listed} ${from} WHERE (${listed}) > (${before}) AND ${only} ORDER BY ${listed} LIMIT 1
      ) AS next
    )
    SELECT newest.* FROM names, LATERAL (
      SELECT ${columns} ${from} WHERE (${listed}) = (${before}) AND (${where ?? 'TRUE'}) ORDER BY ${newest} LIMIT 1
    ) AS newest)`;
}
