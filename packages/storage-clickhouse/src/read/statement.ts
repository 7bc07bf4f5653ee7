import type { Params } from '../connection.js';
import type { ReadRow } from './rows.js';

/** One SELECT: names of our own in the text, everything of a caller's in the parameters. */
export interface Statement {
  readonly sql: string;
  readonly params: Params;
}

/** Carries a statement out, with the settings of every SELECT. */
export type SelectRows = (statement: Statement) => Promise<ReadRow[]>;

/** `ms` of the newest row of a table: the bounds of the partitions answer it, no row is read. Of an empty table 0. */
export function newestMsStatement(database: string, table: string, time: string): Statement {
  return { sql: `SELECT toUnixTimestamp64Milli(max(r.${time})) AS ms FROM ${database}.${table} AS r`, params: {} };
}
