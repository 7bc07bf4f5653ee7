import { TABLE_IDENTITY, type RowKey, type TableName } from '@louver/core';
import type { Connection } from '../connection.js';
import { mendLatest } from '../write/mend-latest.js';
import { listsOf } from './id-lists.js';
import { wellFormed } from '../well-formed.js';
import { questionOf, TableLookup, type FoundRow, type Question } from './table-lookup.js';

/** Keys of one question: a batch. */
const MAX_KEYS = 10_000;
/** Of those whose time may be any of a week: one list of ids. */
const MAX_WIDE_KEYS = 2_500;
/** One reading that is late by a week must not widen the range of the batch that it is in. */
const GAP_MS = 3_600_000;
/** Questions that are made of one look-up by gaps; beyond that by number. */
const MAX_RUNS = 20;
const RUN_KEYS = 500;

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
    const wanted = new WantedKeys(question);
    const devices = new Set<string>();
    const times: number[] = [];
    for (const row of await rows.ask(question)) {
      const sought = wanted.of(row);
      if (sought.length === 0) continue;
      for (const key of sought) found.add(key);
      devices.add(row.deviceId);
      times.push(row.ms);
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
  const deviceOf = ({ deviceId }: RowKey): string => deviceId;
  for (const run of runsOf(byTime(keys.filter(isExact)))) {
    for (const list of listsOf(run, deviceOf, { maxItems: MAX_KEYS })) yield questionOf(list);
  }
  const wide = byTime(keys.filter((key) => !isExact(key)));
  for (const list of listsOf(wide, deviceOf, { maxItems: MAX_WIDE_KEYS })) yield questionOf(list);
}

const byTime = (keys: RowKey[]): RowKey[] => keys.sort((a, b) => a.fromMs - b.fromMs);

/** Keys in the order of their times, cut where there is a gap. */
function* runsOf(keys: readonly RowKey[]): Generator<readonly RowKey[]> {
  let begin = 0;
  let runs = 0;
  for (let i = 1; i < keys.length; i++) {
    const isCut = runs < MAX_RUNS ? keys[i]!.fromMs - keys[i - 1]!.fromMs > GAP_MS : i - begin >= RUN_KEYS;
    if (!isCut) continue;
    yield keys.slice(begin, i);
    begin = i;
    runs++;
  }
  yield keys.slice(begin);
}

/** Keys by what a row of theirs is known by. */
class WantedKeys {
  readonly #keys = new Map<string, RowKey[]>();
  readonly #isExact: boolean;

  constructor({ keys, isExact }: Question) {
    this.#isExact = isExact;
    for (const key of keys) {
      const name = this.#nameOf(key.deviceId, wellFormed(key.id), key.fromMs);
      const same = this.#keys.get(name);
      if (same === undefined) this.#keys.set(name, [key]);
      else same.push(key);
    }
  }

  of({ deviceId, id, ms }: FoundRow): readonly RowKey[] {
    const same = this.#keys.get(this.#nameOf(deviceId, id, ms)) ?? [];
    return this.#isExact ? same : same.filter(({ fromMs, toMs }) => ms >= fromMs && ms <= toMs);
  }

  /** The length makes the pair unambiguous whatever the two hold. */
  #nameOf(deviceId: string, id: string, ms: number): string {
    const name = `${deviceId.length}:${deviceId}:${id}`;
    return this.#isExact ? `${ms}:${name}` : name;
  }
}
