import { Session } from 'chdb';
import { embeddedClickhouse } from '../../src/embedded/index.js';
import { clickhouseStorage, type ClickhouseStorage, type RetentionOptions } from '../../src/index.js';
import { parseRows, type ReadRow } from '../../src/read/rows.js';
import { chdbFront } from './chdb-front.js';

/** One engine for a test file, reached by the adapter in one of its two ways. */
export interface Harness {
  /** Not open. */
  storage(database?: string, options?: { readonly retention?: RetentionOptions }): ClickhouseStorage;
  /** The table that has the rows. */
  rowsOf(table: string): string;
  /** Past the adapter. */
  sql(statement: string): Promise<ReadRow[]>;
  close(): Promise<void>;
}

export type StartHarness = (folder: string) => Promise<Harness>;

export const embeddedHarness: StartHarness = (folder) => {
  const session = new Session(folder);
  return Promise.resolve({
    // Syncing is a matter of power cuts: most tests do without.
    storage: (database, options) =>
      embeddedClickhouse({ path: folder, fsync: false, ...(database === undefined ? {} : { database }), ...options }),
    rowsOf: (table) => table,
    sql: async (statement) => parseRows((await session.queryAsync(statement, { format: 'JSONEachRow' })).text()),
    close: () => Promise.resolve(session.close()),
  });
};

export const httpHarness: StartHarness = async (folder) => {
  const front = await chdbFront(folder);
  return {
    storage: (database, options) =>
      clickhouseStorage({ url: front.url, ...(database === undefined ? {} : { database }), ...options }),
    rowsOf: (table) => table,
    sql: async (statement) => parseRows(await front.sql(statement)),
    close: () => front.close(),
  };
};

/** With `Distributed` tables over those that have the rows; the cluster's one shard is this server. */
export const shardedHarness: StartHarness = async (folder) => {
  const front = await chdbFront(folder, { cluster: 'louver' });
  const cluster = { name: 'louver', sharded: true };
  return {
    storage: (database = 'iot', options = {}) => clickhouseStorage({ url: front.url, database, cluster, ...options }),
    rowsOf: (table) => `${table}_local`,
    sql: async (statement) => parseRows(await front.sql(statement)),
    close: () => front.close(),
  };
};
