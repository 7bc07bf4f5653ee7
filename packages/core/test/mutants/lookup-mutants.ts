import { TABLE_IDENTITY, type MemoryStorage, type RowKey, type TableName } from '@louver/core';
import { mutant, type AnyRow, type Mutant } from './mutant.js';

const FITS = 'lookup: device, time and id all have to fit, bounds are inclusive';
const ORDER = 'lookup: answers in the order of the keys, and a key that is asked twice twice';
const IDENTITY = 'lookup: every table is looked up by its own identity';
const WIDE = 'lookup: keys whose time may be any of a week, among many that have one';
const TEXTS = 'lookup: ids and devices of any text, to the character';
const RETRY = 'retry: of a batch in doubt, what present() tells missing is written, and every row is there once';

type Present = (table: TableName, keys: readonly RowKey[], signal?: AbortSignal) => Promise<readonly boolean[]>;

const lookup = (
  breaks: string,
  caughtBy: string | readonly string[],
  change: (present: Present, memory: MemoryStorage) => Present,
): Mutant => mutant(breaks, caughtBy, (memory) => ({ present: change(memory.present!.bind(memory), memory) }));

/** Asks for other keys than those that were given. */
const asking =
  (change: (key: RowKey, keys: readonly RowKey[]) => RowKey) =>
  (present: Present): Present =>
  (table, keys) =>
    present(
      table,
      keys.map((key) => change(key, keys)),
    );

/** Compares rows and keys in a way of its own. */
const comparing =
  (fits: (row: AnyRow, key: RowKey, ms: number, id: unknown) => boolean) =>
  (_: Present, memory: MemoryStorage): Present =>
  async (table, keys) => {
    const identity = TABLE_IDENTITY[table];
    if (identity === undefined) return keys.map(() => false);
    const rows = memory.rows(table) as unknown as readonly AnyRow[];
    return keys.map((key) => rows.some((row) => fits(row, key, Number(row[identity.time]), row[identity.id])));
  };

const inRange = (ms: number, { fromMs, toMs }: RowKey): boolean => ms >= fromMs && ms <= toMs;

export const lookupMutants: readonly Mutant[] = [
  lookup('finds nothing', [RETRY, ORDER], () => async (_table, keys) => keys.map(() => false)),
  lookup(
    'does not ask for the device',
    FITS,
    comparing((_row, key, ms, id) => id === key.id && inRange(ms, key)),
  ),
  lookup(
    'does not ask for the time',
    FITS,
    asking((key) => ({ ...key, fromMs: -Infinity, toMs: Infinity })),
  ),
  lookup(
    'does not ask for the id',
    FITS,
    comparing((row, key, ms) => row['device_id'] === key.deviceId && inRange(ms, key)),
  ),
  lookup(
    'has exclusive bounds',
    FITS,
    comparing(
      (row, key, ms, id) => id === key.id && row['device_id'] === key.deviceId && ms > key.fromMs && ms < key.toMs,
    ),
  ),
  lookup(
    'answers what is there first',
    ORDER,
    (present) => async (table, keys) => [...(await present(table, keys))].sort((a, b) => Number(b) - Number(a)),
  ),
  lookup('answers a key once', ORDER, (present) => (table, keys) => {
    const distinct = new Map(keys.map((key) => [JSON.stringify(key), key]));
    return present(table, [...distinct.values()]);
  }),
  lookup(
    'looks for message ids everywhere',
    IDENTITY,
    comparing((row, key, ms) => row['message_id'] === key.id && row['device_id'] === key.deviceId && inRange(ms, key)),
  ),
  lookup(
    'tells devices',
    'lookup: a table whose rows may be written again tells none',
    (present, memory) => async (table, keys) =>
      table === 'device_registry'
        ? keys.map(({ deviceId }) => memory.rows(table).some((row) => row.device_id === deviceId))
        : present(table, keys),
  ),
  lookup(
    'takes 10,000 keys at the most',
    'lookup: 25,000 keys of two months at once, in any order, every other one stored',
    (present) => async (table, keys) => {
      const found = await present(table, keys.slice(0, 10_000));
      return keys.map((_, i) => found[i] ?? false);
    },
  ),
  lookup(
    'widens the range of all for one',
    WIDE,
    asking((key, keys) => ({
      ...key,
      fromMs: Math.min(...keys.map(({ fromMs }) => fromMs)),
      toMs: Math.max(...keys.map(({ toMs }) => toMs)),
    })),
  ),
  lookup(
    'knows one time of an id',
    'lookup: many rows with one id are told apart by their time',
    (_, memory) => async (table, keys) => {
      const { time, id } = TABLE_IDENTITY[table]!;
      const rows = memory.rows(table) as unknown as readonly AnyRow[];
      const timeOf = new Map(rows.map((row) => [`${String(row['device_id'])} ${String(row[id])}`, Number(row[time])]));
      return keys.map((key) => inRange(timeOf.get(`${key.deviceId} ${key.id}`) ?? NaN, key));
    },
  ),
  lookup(
    'does not tell upper from lower case',
    TEXTS,
    comparing(
      (row, key, ms, id) =>
        String(id).toLowerCase() === key.id.toLowerCase() && row['device_id'] === key.deviceId && inRange(ms, key),
    ),
  ),
  lookup(
    'puts device and id together with a colon',
    TEXTS,
    comparing(
      (row, key, ms, id) =>
        `${String(row['device_id'])}:${String(id)}` === `${key.deviceId}:${key.id}` && inRange(ms, key),
    ),
  ),
  lookup(
    'compares seconds',
    'lookup: times from 1900 to 2299, to the millisecond',
    asking((key) => ({
      ...key,
      fromMs: Math.floor(key.fromMs / 1000) * 1000,
      toMs: Math.floor(key.toMs / 1000) * 1000 + 999,
    })),
  ),
  lookup('remembers what was missing', 'lookup: sees what has just been resolved', (present) => {
    const missing = new Set<string>();
    return async (table, keys) => {
      const found = await present(table, keys);
      return keys.map((key, i) => {
        const name = JSON.stringify(key);
        if (!found[i]) missing.add(name);
        return !missing.has(name);
      });
    };
  }),
  lookup(
    'takes what it gave up for missing',
    'giving up: a look-up that is given up is exact, or fails as retryable',
    (present) => async (table, keys, signal) => (signal?.aborted ? keys.map(() => false) : present(table, keys)),
  ),
];
