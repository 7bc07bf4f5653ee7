export { embeddedClickhouse, type EmbeddedClickhouseOptions, type EmbeddedStorage } from './embedded-clickhouse.js';
export { clickhouseHttp, type ClickhouseHttp, type ClickhouseHttpOptions } from './http-front/clickhouse-http.js';
export type { SchemaChange, SchemaReport } from '../schema/migrate.js';
export type { RetentionOptions } from '../schema/retention.js';
export type { ExportQuery } from '../read/export-table.js';
export type { ClickhouseStorage } from '../storage-adapter.js';
export type { GuestDoor } from './guest-door.js';
