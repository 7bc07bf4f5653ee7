import { TABLE_IDENTITY, type RowKey, type TableName } from '@louver/core';
import { SELECT_SETTINGS, type Connection } from '../connection.js';
import { mendLatest } from '../write/mend-latest.js';
import { numberOf, parseRows, textOf } from './rows.js';
import { clampTime } from './times.js';

/** Ids of one query: a longer list fails at ClickHouse's limits on the size of a query (262,144) and of a form field (131,072). */
const MAX_IDS = 500;
const MAX_ID_CHARS = 60_000;

/** Keys of one query: near to each other in time, so that device and time range prune what is read. */
function chunks(keys: readonly RowKey[]): number[][] {
  const order = keys.map((_, i) => i).sort((a, b) => keys[a]!.fromMs - keys[b]!.fromMs);
  const all: number[][] = [];
  let current: number[] = [];
  let chars = 0;
  for (const i of order) {
    const length = keys[i]!.id.length + keys[i]!.deviceId.length;
    if (current.length === MAX_IDS || (current.length > 0 && chars + length > MAX_ID_CHARS)) {
      all.push(current);
      current = [];
      chars = 0;
    }
    current.push(i);
    chars += length;
  }
  if (current.length > 0) all.push(current);
  return all;
}

/**
 * Whether each key has its row, in the order of `keys`. What feeds on the rows that are found is fed again. A table whose rows may be written again has no identity: all its rows count
 * as missing.
 */
export async function findPresent(
  connection: Connection,
  database: string,
  table: TableName,
  keys: readonly RowKey[],
  signal?: AbortSignal,
): Promise<boolean[]> {
  const found = new Array<boolean>(keys.length).fill(false);
  const identity = TABLE_IDENTITY[table];
  if (identity === undefined || keys.length === 0) return found;
  await connection.settleInserts?.(signal);
  const sql =
    `SELECT DISTINCT r.device_id AS device, r.${identity.id} AS id, toUnixTimestamp64Milli(r.${identity.time}) AS ms ` +
    `FROM ${database}.${table} AS r WHERE r.device_id IN {devices:Array(String)} ` +
    `AND r.${identity.time} >= fromUnixTimestamp64Milli({from:Int64}) ` +
    `AND r.${identity.time} <= fromUnixTimestamp64Milli({to:Int64}) ` +
    `AND r.${identity.id} IN {ids:Array(String)} ${SELECT_SETTINGS}`;
  for (const chunk of chunks(keys)) {
    const wanted = new Map<string, number[]>();
    const devices = new Set<string>();
    const ids = new Set<string>();
    let from = Infinity;
    let to = -Infinity;
    for (const i of chunk) {
      const key = keys[i]!;
      devices.add(key.deviceId);
      ids.add(key.id);
      from = Math.min(from, key.fromMs);
      to = Math.max(to, key.toMs);
      const name = nameOf(key.deviceId, key.id);
      const places = wanted.get(name);
      if (places === undefined) wanted.set(name, [i]);
      else places.push(i);
    }
    const params = { devices: [...devices], ids: [...ids], from: clampTime(from), to: clampTime(to) };
    const rows = await parseRows(await connection.query(sql, params, signal));
    const times = rows.map((row) => numberOf(row, 'ms'));
    await mendLatest(
      connection,
      database,
      table,
      [...new Set(rows.map((row) => textOf(row, 'device')))],
      times,
      signal,
    );
    for (const [place, row] of rows.entries()) {
      const ms = times[place]!;
      for (const i of wanted.get(nameOf(textOf(row, 'device'), textOf(row, 'id'))) ?? []) {
        if (ms >= keys[i]!.fromMs && ms <= keys[i]!.toMs) found[i] = true;
      }
    }
  }
  return found;
}

/** The length makes the pair unambiguous whatever the two hold. */
function nameOf(deviceId: string, id: string): string {
  return `${deviceId.length}:${deviceId}:${id}`;
}
