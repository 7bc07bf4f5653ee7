import type { TableName } from '@louver/core';
import type { Connection } from '../connection.js';
import { listsOf } from '../read/id-lists.js';
import { feed } from '../schema/latest.js';
import { ROW_SOURCES } from '../schema/latest-rows.js';
import { VALUE_SOURCES } from '../schema/latest-values.js';

/** What changes something has its parameters in the URL over HTTP: proxies take 8 KiB as a rule. */
const MAX_CHARS = 6_000;

const SOURCES = [...VALUE_SOURCES, ...ROW_SOURCES];

const SOME_ROWS =
  'r.device_id IN {devices:Array(String)} AND r.timestamp >= fromUnixTimestamp64Milli({from:Int64}) ' +
  'AND r.timestamp <= fromUnixTimestamp64Milli({to:Int64})';

/**
 * Feeds what is newest of each device with rows that a look-up has found: an insert that was cut off may have reached its table and not the view behind
 * it. Adding a row twice changes nothing there.
 * @param times of the rows found, in ms.
 */
export async function mendLatest(
  connection: Connection,
  database: string,
  table: TableName,
  devices: readonly string[],
  times: readonly number[],
  signal?: AbortSignal,
): Promise<void> {
  const source = SOURCES.find((each) => each.table === table);
  if (source === undefined || times.length === 0) return;
  const sql = feed(database, source, SOME_ROWS);
  let from = Infinity;
  let to = -Infinity;
  for (const ms of times) {
    from = Math.min(from, ms);
    to = Math.max(to, ms);
  }
  for (const some of listsOf(devices, (device) => device, { maxChars: MAX_CHARS })) {
    await connection.command(sql, { devices: some, from, to }, signal);
  }
}
