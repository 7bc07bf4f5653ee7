import type { TableName } from '@louver/core';
import type { Connection } from '../connection.js';
import { listChars, listsOf } from '../read/id-lists.js';
import { feed } from '../schema/latest.js';
import { ROW_SOURCES } from '../schema/latest-rows.js';
import { VALUE_SOURCES } from '../schema/latest-values.js';

/** What changes something has its parameters in the URL over HTTP: proxies take 8 KiB as a rule. */
const MAX_CHARS = 6_000;
/** Of an id that is too long for that: 100 characters take 4,800 there at the most. */
const BEGIN_CHARS = 100;

const SOURCES = [...VALUE_SOURCES, ...ROW_SOURCES];

/** Of the devices of a list, or of all that begin so, as `r`. */
const SOME_DEVICES = 'r.device_id IN {devices:Array(String)}';
const DEVICES_BY_BEGIN = 'startsWith(r.device_id, {begin:String})';
const IN_RANGE =
  'r.timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND r.timestamp <= fromUnixTimestamp64Milli({to:Int64})';

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
  let from = Infinity;
  let to = -Infinity;
  for (const ms of times) {
    from = Math.min(from, ms);
    to = Math.max(to, ms);
  }
  for (const some of listsOf(devices, (device) => device, { maxChars: MAX_CHARS })) {
    const isLong = some.length === 1 && listChars(some[0]!) > MAX_CHARS;
    const sql = feed(database, source, `${isLong ? DEVICES_BY_BEGIN : SOME_DEVICES} AND ${IN_RANGE}`);
    const devices = isLong ? { begin: [...some[0]!].slice(0, BEGIN_CHARS).join('') } : { devices: some };
    await connection.command(sql, { ...devices, from, to }, signal);
  }
}
