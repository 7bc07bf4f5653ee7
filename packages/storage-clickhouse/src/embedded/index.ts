export { embeddedClickhouse, type EmbeddedClickhouseOptions, type EmbeddedStorage } from './embedded-clickhouse.js';
export { clickhouseHttp, type ClickhouseHttp, type ClickhouseHttpOptions } from './http-front/clickhouse-http.js';
