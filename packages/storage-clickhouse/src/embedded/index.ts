export { embeddedClickhouse, type EmbeddedClickhouseOptions } from './embedded-clickhouse.js';
export type { ClickhouseStorage, ExportQuery } from '../storage-adapter.js';
