import { TABLE_IDENTITY, type RowKey, type TableName } from '@louver/core';
import type { Connection } from '../connection.js';
import { mendLatest } from '../write/mend-latest.js';
import { listsOf } from './id-lists.js';
import { questionOf, TableLookup, type Question } from './table-lookup.js';

/** Keys of one question: a batch. */
const MAX_KEYS = 10_000;
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
  const identity = TABLE_IDENTITY[table];
  if (identity === undefined || keys.length === 0) return keys.map(() => false);
  await connection.settleInserts?.(signal);
  const rows = new TableLookup(connection, `${database}.${table}`, identity, signal);
  const found = new Set<RowKey>();
  for (const question of questions(keys)) {
    const wanted = byName(question.keys);
    const devices = new Set<string>();
    const times: number[] = [];
    for (const { deviceId, id, ms } of await rows.ask(question)) {
      const sought = wanted.get(nameOf(deviceId, id))?.filter(({ fromMs, toMs }) => ms >= fromMs && ms <= toMs) ?? [];
      if (sought.length === 0) continue;
      for (const key of sought) found.add(key);
      devices.add(deviceId);
      times.push(ms);
    }
    await mendLatest(connection, database, table, [...devices], times, signal);
  }
  return keys.map((key) => found.has(key));
}

/**
 * Keys that are near to each other in time, so that devices and time range prune what is read. Those with a time of their own are kept apart
 * from those whose time may be any of a week: one of these among many would widen the range of all.
 */
function* questions(keys: readonly RowKey[]): Generator<Question> {
  const isExact = ({ fromMs, toMs }: RowKey): boolean => fromMs === toMs;
  for (const kind of [keys.filter(isExact), keys.filter((key) => !isExact(key))]) {
    kind.sort((a, b) => a.fromMs - b.fromMs);
    for (const list of listsOf(kind, ({ deviceId }) => deviceId, { maxItems: MAX_KEYS })) yield questionOf(list);
  }
}

function byName(keys: readonly RowKey[]): Map<string, RowKey[]> {
  const wanted = new Map<string, RowKey[]>();
  for (const key of keys) {
    const name = nameOf(key.deviceId, key.id);
    const same = wanted.get(name);
    if (same === undefined) wanted.set(name, [key]);
    else same.push(key);
  }
  return wanted;
}

/** The length makes the pair unambiguous whatever the two hold. */
function nameOf(deviceId: string, id: string): string {
  return `${deviceId.length}:${deviceId}:${id}`;
}
