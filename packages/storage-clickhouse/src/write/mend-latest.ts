import type { TableName } from '@louver/core';
import type { Connection } from '../connection.js';
import { listChars, listsOf } from '../read/id-lists.js';
import { latestAgain } from '../schema/statements.js';

/** What changes something has its parameters in the URL over HTTP: proxies take 8 KiB as a rule. */
const MAX_CHARS = 6_000;
/** Of an id that is too long for that: 100 characters take 4,800 there at the most. */
const BEGIN_CHARS = 100;

/**
 * Feeds `device_latest` with rows that a look-up has found: an insert that was cut off may have reached its table and not the view behind
 * it. Adding a reading twice changes nothing there.
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
  if (times.length === 0) return;
  let from = Infinity;
  let to = -Infinity;
  for (const ms of times) {
    from = Math.min(from, ms);
    to = Math.max(to, ms);
  }
  for (const some of listsOf(devices, (device) => device, { maxChars: MAX_CHARS })) {
    const isLong = some.length === 1 && listChars(some[0]!) > MAX_CHARS;
    const sql = latestAgain(database, table, isLong ? 'begin' : 'devices');
    if (sql === undefined) return;
    const devices = isLong ? { begin: [...some[0]!].slice(0, BEGIN_CHARS).join('') } : { devices: some };
    await connection.command(sql, { ...devices, from, to }, signal);
  }
}
