import type { Dialect } from './dialect.js';
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
