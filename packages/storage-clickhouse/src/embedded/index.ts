export { embeddedClickhouse, type EmbeddedClickhouseOptions } from './embedded-clickhouse.js';
