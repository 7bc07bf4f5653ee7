import { ONE_SERVER, type Dialect } from './dialect.js';
import type { Column, TableSchema } from './tables.js';

/** A table as a migration makes it. */
export interface TableStatement {
  readonly name: string;
  /** Definitions, e.g. `device_id String`. */
  readonly columns: readonly string[];
  /** As on one server. */
  readonly engine: string;
  readonly orderBy: string;
  readonly partitionBy?: string;
  /** Rows with the same value are on the same shard. Default `device_id`. */
  readonly shardBy?: string;
}

function definition(column: Column): string {
  const fallback = column.fallback === undefined ? '' : ` DEFAULT ${column.fallback}`;
  return `${column.name} ${column.type}${fallback}`;
}

/** On a cluster with shards: the table that has the rows on each server, and the one of this name that reaches all of them. */
export function createTable(dialect: Dialect, database: string, table: TableStatement): string[] {
  const { name, engine, orderBy, partitionBy, shardBy = 'device_id' } = table;
  const columns = table.columns.map((column) => `  ${column}`).join(',\n');
  const partition = partitionBy === undefined ? '' : `\nPARTITION BY ${partitionBy}`;
  const create = (place: string, made: string): string =>
    `CREATE TABLE IF NOT EXISTS ${database}.${place}${dialect.onCluster} (\n${columns}\n) ENGINE = ${made}`;
  const local = dialect.local(name);
  const rows = `${create(local, dialect.engine(engine))}\nORDER BY ${orderBy}${partition}`;
  if (!dialect.isSharded) return [rows];
  return [rows, create(name, `Distributed('${dialect.cluster}', '${database}', '${local}', cityHash64(${shardBy}))`)];
}

/** A change of the columns: where the rows are, then where they are reached. */
export function alterColumns(dialect: Dialect, database: string, table: string, change: string): string[] {
  const alter = (name: string): string => `ALTER TABLE ${database}.${name}${dialect.onCluster} ${change}`;
  return dialect.isSharded ? [alter(dialect.local(table)), alter(table)] : [alter(table)];
}

/** A change of how the rows are kept. */
export function alterRows(dialect: Dialect, database: string, table: string, change: string): string {
  return `ALTER TABLE ${database}.${dialect.local(table)}${dialect.onCluster} ${change}`;
}

/** Without the extension columns: what exists already and what is new take the same way through {@link addExtension}. */
export function createBase(dialect: Dialect, database: string, table: TableSchema): string[] {
  const { name, columns, engine, orderBy, partitionTime } = table;
  return createTable(dialect, database, {
    name,
    columns: columns.map(definition),
    engine,
    orderBy,
    ...(partitionTime === undefined ? {} : { partitionBy: `toYYYYMM(${partitionTime})` }),
  });
}

export function addExtension(dialect: Dialect, database: string, table: TableSchema): string[] {
  if (table.extension.length === 0) return [];
  const columns = table.extension.map((column) => `ADD COLUMN IF NOT EXISTS ${definition(column)}`).join(', ');
  return alterColumns(dialect, database, table.name, columns);
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
 * may exist before what is already stored is added. On a cluster each server keeps up that of its own rows.
 */
export function latestStatements(dialect: Dialect, database: string): string[] {
  const table = createTable(dialect, database, {
    name: 'device_latest',
    columns: [
      'device_id String',
      'quantity LowCardinality(String)',
      'timestamp SimpleAggregateFunction(max, DateTime64(3))',
      'value AggregateFunction(argMax, Float64, Tuple(DateTime64(3), DateTime64(3)))',
    ],
    engine: 'AggregatingMergeTree()',
    orderBy: '(device_id, quantity)',
  });
  const views = LATEST_SOURCES.map(
    (source) =>
      `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.${source.view}${dialect.onCluster} ` +
      `TO ${database}.${dialect.local('device_latest')} AS ${latestOf(database, source, { dialect })}`,
  );
  const fed = LATEST_SOURCES.map((source) => `INSERT INTO ${database}.device_latest ${latestOf(database, source, {})}`);
  return [...table, ...views, ...fed];
}

/**
 * Adds the readings of some devices between two times once more: their insert may have been cut off between its table and the view.
 * `undefined`: the table feeds no such view.
 */
export function latestAgain(database: string, table: string): string | undefined {
  const source = LATEST_SOURCES.find((each) => each.table === table);
  if (source === undefined) return undefined;
  const range =
    'WHERE r.device_id IN {devices:Array(String)} AND r.timestamp >= fromUnixTimestamp64Milli({from:Int64}) ' +
    'AND r.timestamp <= fromUnixTimestamp64Milli({to:Int64}) ';
  return `INSERT INTO ${database}.device_latest ${latestOf(database, source, { range })}`;
}

function latestOf(
  database: string,
  { table, quantity }: (typeof LATEST_SOURCES)[number],
  { range = '', dialect = ONE_SERVER }: { readonly range?: string; readonly dialect?: Dialect },
): string {
  return (
    `SELECT r.device_id AS device_id, toLowCardinality(${quantity}) AS quantity, max(r.timestamp) AS timestamp, ` +
    `argMaxState(r.value, (r.timestamp, r.received_at)) AS value FROM ${database}.${dialect.local(table)} AS r ` +
    `${range}GROUP BY device_id, quantity`
  );
}
