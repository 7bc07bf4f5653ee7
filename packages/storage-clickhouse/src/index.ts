export { clickhouseStorage, type ClickhouseStorageOptions } from './http/clickhouse-storage.js';
export type { ClusterOptions } from './schema/dialect.js';
export type { SchemaChange, SchemaReport } from './schema/migrate.js';
export type { RetentionOptions } from './schema/retention.js';
export type { ExportQuery } from './read/export-table.js';
export type { ClickhouseStorage } from './storage-adapter.js';
export { TABLES, type Column, type ColumnKind, type TableSchema } from './schema/tables.js';
