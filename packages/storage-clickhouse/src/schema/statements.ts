import type { Column, TableSchema } from './tables.js';

function definition(column: Column): string {
  const fallback = column.fallback === undefined ? '' : ` DEFAULT ${column.fallback}`;
  return `${column.name} ${column.type}${fallback}`;
}

/** Without the extension columns: what exists already and what is new take the same way through {@link addExtension}. */
export function createTable(database: string, table: TableSchema): string {
  const columns = table.columns.map((column) => `  ${definition(column)}`).join(',\n');
  const partition = table.partitionTime === undefined ? '' : `\nPARTITION BY toYYYYMM(${table.partitionTime})`;
  return (
    `CREATE TABLE IF NOT EXISTS ${database}.${table.name} (\n${columns}\n) ENGINE = ${table.engine}\n` +
    `ORDER BY ${table.orderBy}${partition}`
  );
}

export function addExtension(database: string, table: TableSchema): string | undefined {
  if (table.extension.length === 0) return undefined;
  const columns = table.extension.map((column) => `ADD COLUMN IF NOT EXISTS ${definition(column)}`).join(', ');
  return `ALTER TABLE ${database}.${table.name} ${columns}`;
}

/** Tables whose readings feed `device_latest`, and where each finds the quantity. */
const LATEST_SOURCES = [
  { table: 'sensor_temperature', view: 'device_latest_temperature', quantity: "'temperature'" },
  { table: 'sensor_humidity', view: 'device_latest_humidity', quantity: "'humidity'" },
  { table: 'sensor_scalar', view: 'device_latest_scalar', quantity: 'r.quantity' },
] as const;

/**
 * The newest reading of every device and quantity, kept up by the inserts themselves: asking the readings grows with their number.
 * Of two readings of one millisecond the one that was received later counts. Adding a reading twice changes nothing, so the views
 * may exist before what is already stored is added.
 */
export function latestStatements(database: string): string[] {
  const statements = [
    `CREATE TABLE IF NOT EXISTS ${database}.device_latest (\n` +
      '  device_id String,\n  quantity LowCardinality(String),\n' +
      '  timestamp SimpleAggregateFunction(max, DateTime64(3)),\n' +
      '  value AggregateFunction(argMax, Float64, Tuple(DateTime64(3), DateTime64(3)))\n' +
      ') ENGINE = AggregatingMergeTree()\nORDER BY (device_id, quantity)',
  ];
  const selects = LATEST_SOURCES.map((source) => latestOf(database, source));
  LATEST_SOURCES.forEach(({ view }, i) => {
    statements.push(
      `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.${view} TO ${database}.device_latest AS ${selects[i]}`,
    );
  });
  for (const select of selects) statements.push(`INSERT INTO ${database}.device_latest ${select}`);
  return statements;
}

/**
 * Adds the readings of some devices between two times once more: their insert may have been cut off between its table and the view.
 * `undefined`: the table feeds no such view.
 * @param by `devices`: all of the list; `begin`: all that begin with it.
 */
export function latestAgain(database: string, table: string, by: 'devices' | 'begin'): string | undefined {
  const source = LATEST_SOURCES.find((each) => each.table === table);
  if (source === undefined) return undefined;
  const devices =
    by === 'devices' ? 'r.device_id IN {devices:Array(String)}' : 'startsWith(r.device_id, {begin:String})';
  const range =
    `WHERE ${devices} AND r.timestamp >= fromUnixTimestamp64Milli({from:Int64}) ` +
    'AND r.timestamp <= fromUnixTimestamp64Milli({to:Int64}) ';
  return `INSERT INTO ${database}.device_latest ${latestOf(database, source, range)}`;
}

function latestOf(database: string, { table, quantity }: (typeof LATEST_SOURCES)[number], range = ''): string {
  return (
    `SELECT r.device_id AS device_id, toLowCardinality(${quantity}) AS quantity, max(r.timestamp) AS timestamp, ` +
    `argMaxState(r.value, (r.timestamp, r.received_at)) AS value FROM ${database}.${table} AS r ` +
    `${range}GROUP BY device_id, quantity`
  );
}
