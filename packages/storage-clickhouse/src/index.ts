export { clickhouseStorage, type ClickhouseStorageOptions } from './http/clickhouse-storage.js';
