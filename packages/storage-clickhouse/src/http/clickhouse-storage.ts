import { LouverError } from '@louver/core';
import { databaseProblems } from '../database-name.js';
import { clusterProblems, clusterSettings, type ClusterOptions } from '../schema/dialect.js';
import { retentionProblems, type RetentionOptions } from '../schema/retention.js';
import { ClickhouseAdapter, type ClickhouseStorage } from '../storage-adapter.js';
import { HttpConnection } from './http-connection.js';

export interface ClickhouseStorageOptions {
  /** Of the HTTP interface, e.g. `http://localhost:8123`. */
  readonly url: string;
  /** Made when it is missing. Default `iot`. */
  readonly database?: string;
  /** Default: as the URL says, else `default`. */
  readonly username?: string;
  readonly password?: string;
  /** Silence after which a request counts as failed, 1 … 3,600,000. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Connections at the same time, 1 … 1,000. Default 10. */
  readonly maxConnections?: number;
  /** gzip of what is sent and of what is read. Default: yes, but not to this machine itself. */
  readonly compression?: boolean;
  /** What is deleted, and when. `open` makes the tables so; `{}`: nothing. Absent: the tables stay as they are. */
  readonly retention?: RetentionOptions;
  /** Absent: one server. Cannot be changed for a database that exists. */
  readonly cluster?: ClusterOptions;
}

/**
 * Storage in a ClickHouse server, over HTTP (protocol.md §4). Throws `E_CONFIG` with all problems of the options at once. `open` makes
 * database and tables, or brings them up to date, and rejects with `E_CONFIG` where an operator has to act (wrong password, foreign
 * tables), with retryable `E_STORAGE_UNAVAILABLE` while the server is away.
 */
export function clickhouseStorage(options: ClickhouseStorageOptions): ClickhouseStorage {
  const { url, database = 'iot', username, password, requestTimeoutMs = 30_000, maxConnections = 10 } = options;
  const { retention, cluster } = options;
  const problems = [
    ...urlProblems(url),
    ...databaseProblems(database),
    ...rangeProblems('requestTimeoutMs', requestTimeoutMs, 3_600_000),
    ...rangeProblems('maxConnections', maxConnections, 1000),
    ...retentionProblems(retention),
    ...clusterProblems(cluster),
  ];
  if (problems.length > 0) throw new LouverError('E_CONFIG', `clickhouseStorage: ${problems.join('; ')}`);
  const compression = options.compression ?? !isLoopback(url);
  const settings = cluster === undefined ? {} : clusterSettings(cluster, requestTimeoutMs);
  const connect = { url, username, password, requestTimeoutMs, maxConnections, compression, settings };
  return new ClickhouseAdapter({
    name: 'clickhouse',
    database,
    ...(retention && { retention }),
    ...(cluster && { cluster }),
    connector: {
      target: withoutCredentials(url),
      connect: ({ clock }) => Promise.resolve(new HttpConnection(connect, clock)),
    },
  });
}

function urlProblems(url: string): string[] {
  const expected = 'expected the HTTP URL of ClickHouse, e.g. http://localhost:8123';
  if (typeof url !== 'string' || !URL.canParse(url)) return [`url is ${JSON.stringify(url)}, ${expected}`];
  const parsed = new URL(url);
  if (parsed.protocol === 'http:' || parsed.protocol === 'https:') return [];
  return [
    `url is ${JSON.stringify(withoutCredentials(url))}, an address of the native protocol; use the HTTP URL: ${expected}`,
  ];
}

function rangeProblems(name: string, value: number, max: number): string[] {
  if (Number.isInteger(value) && value >= 1 && value <= max) return [];
  return [`${name} is ${String(value)}, expected an integer from 1 to ${max}`];
}

/**
 * Compressing takes about 10 ms of a core for 10,000 readings (2.4 MB) and leaves 0.4 MB of them: faster below 1.6 Gbit/s, and slower
 * where no network is between the two.
 */
function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}

/** For messages and logs. */
function withoutCredentials(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  parsed.search = '';
  return parsed.href.replace(/\/$/, '');
}
