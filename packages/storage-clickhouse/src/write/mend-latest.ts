import type { TableName } from '@louver/core';
import type { Connection } from '../connection.js';
import { latestAgain } from '../schema/statements.js';

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
  const sql = latestAgain(database, table);
  if (sql === undefined || times.length === 0) return;
  let from = Infinity;
  let to = -Infinity;
  for (const ms of times) {
    from = Math.min(from, ms);
    to = Math.max(to, ms);
  }
  await connection.command(sql, { devices, from, to }, signal);
}
