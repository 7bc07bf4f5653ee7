import { LouverError, TABLE_IDENTITY, type RowsQuery, type TableName, type Tables } from '@louver/core';
import { tableSchema, TABLES, type Column } from '../schema/tables.js';
import type { Statement } from './statement.js';
import { boolOf, numberOf, textOf, type ReadRow } from './rows.js';
import { clampTime, MAX_TIME_MS, MIN_TIME_MS } from './times.js';

const VALUE: Readonly<Record<Column['kind'], (row: ReadRow, column: string) => unknown>> = {
  time: numberOf,
  float: numberOf,
  uint32: numberOf,
  text: textOf,
  bool: boolOf,
};

/** Every column of a table, in the order of its primary key: nothing has to be sorted, so memory stays flat. Throws `E_CONFIG` for an unknown table. */
export function rowsStatement(
  database: string,
  table: TableName,
  query: RowsQuery,
  select: (column: Column) => string = selected,
): Statement {
  const schema = tableSchema(table);
  if (schema === undefined) {
    const known = TABLES.map(({ name }) => name).join(', ');
    throw new LouverError('E_CONFIG', `there is no table '${table}'; the tables are ${known}`);
  }
  const columns = [...schema.columns, ...schema.extension];
  const time = TABLE_IDENTITY[table]?.time;
  const conditions = [
    ...(query.deviceId === undefined ? [] : ['r.device_id = {device:String}']),
    ...(time === undefined
      ? []
      : [`r.${time} >= fromUnixTimestamp64Milli({from:Int64}) AND r.${time} <= fromUnixTimestamp64Milli({to:Int64})`]),
  ];
  const sql =
    `SELECT ${columns.map(select).join(', ')} FROM ${database}.${table} AS r${time === undefined ? ' FINAL' : ''} ` +
    (conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')} `) +
    `ORDER BY ${schema.orderBy
      .replace(/[()]/g, '')
      .split(', ')
      .map((name) => `r.${name}`)
      .join(', ')}`;
  const params = {
    ...(query.deviceId !== undefined && { device: query.deviceId }),
    ...(time !== undefined && {
      from: clampTime(Math.ceil(query.fromMs ?? MIN_TIME_MS)),
      to: clampTime(Math.floor(query.toMs ?? MAX_TIME_MS)),
    }),
  };
  return { sql, params };
}

export function tableRowOf<T extends TableName>(table: T, row: ReadRow): Tables[T] {
  const { columns, extension } = tableSchema(table)!;
  const result: Record<string, unknown> = {};
  for (const { name, kind } of columns) result[name] = VALUE[kind](row, `v_${name}`);
  for (const { name, kind } of extension) result[name] = VALUE[kind](row, `v_${name}`);
  return result as unknown as Tables[T];
}

/** Under names of their own: one that is also a column's would stand for itself in the WHERE. */
function selected({ name, kind }: Column): string {
  return kind === 'time' ? `toUnixTimestamp64Milli(r.${name}) AS v_${name}` : `r.${name} AS v_${name}`;
}

/** How many these are: `found`. */
export function countStatement(database: string, table: TableName, query: RowsQuery): Statement {
  const { sql, params } = rowsStatement(database, table, query, () => '1');
  return { sql: `SELECT count() AS found FROM (${sql.replace(/ ORDER BY .*$/, '')})`, params };
}

/** For other programs: under the table's own names, times in UTC whatever zone the server is in, words of a dictionary as texts. */
export function asExported({ name, kind }: Column): string {
  const value =
    kind === 'time' ? `toTimeZone(r.${name}, 'UTC')` : kind === 'text' ? `toString(r.${name})` : `r.${name}`;
  return `${value} AS ${name}`;
}
