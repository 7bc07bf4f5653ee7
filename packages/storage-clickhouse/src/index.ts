export { clickhouseStorage, type ClickhouseStorageOptions } from './http/clickhouse-storage.js';
export type { ClickhouseStorage, ExportQuery } from './storage-adapter.js';
