export { embeddedClickhouse, type EmbeddedClickhouseOptions } from './embedded-clickhouse.js';
export type { SchemaChange, SchemaReport } from '../schema/migrate.js';
export type { RetentionOptions } from '../schema/retention.js';
export type { ClickhouseStorage, ExportQuery } from '../storage-adapter.js';
