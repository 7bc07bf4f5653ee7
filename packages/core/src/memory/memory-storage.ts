import { durableReceipt } from '../delivery.js';
import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { EpochMs } from '../event.js';
import type { StorageAdapter } from '../storage.js';
import type { StorageReader } from '../storage-reader.js';
import { TABLE_IDENTITY, type TableName, type Tables } from '../tables.js';
import { memoryReader } from './memory-reader.js';

export interface MemoryStorage extends StorageAdapter {
  readonly reader: StorageReader;
  /** The rows of a table as they were written. */
  rows<T extends TableName>(table: T): readonly Tables[T][];
}

type AnyRow = Readonly<Record<string, unknown>>;

/** Tables in arrays: the reference for what a storage adapter does. Not durable. */
export function memoryStorage(): MemoryStorage {
  const tables = new Map<TableName, AnyRow[]>();
  let context: Context | undefined;

  function opened(): Context {
    if (context !== undefined) return context;
    throw new LouverError('E_NOT_OPEN', 'memory storage is not open; call open() first, and nothing after close()');
  }

  function rows<T extends TableName>(table: T): readonly Tables[T][] {
    return (tables.get(table) ?? []) as unknown as readonly Tables[T][];
  }

  return {
    name: 'memory-storage',
    supports: { durable: false, lookup: true },
    reader: memoryReader((table) => (opened(), rows(table))),
    rows,
    async open(given) {
      context ??= given;
    },
    async close() {
      context = undefined;
    },
    async write(table, added) {
      const { clock } = opened();
      refuseTimeless(table, added);
      let found = tables.get(table);
      if (found === undefined) tables.set(table, (found = []));
      for (const row of added) found.push({ ...row });
      return durableReceipt('none', clock.now());
    },
    async present(table, keys) {
      opened();
      const identity = TABLE_IDENTITY[table];
      if (identity === undefined) return keys.map(() => false);
      const byId = new Map<unknown, AnyRow[]>(keys.map(({ id }) => [id, []]));
      for (const row of tables.get(table) ?? []) byId.get(row[identity.id])?.push(row);
      return keys.map(({ deviceId, fromMs, toMs, id }) =>
        byId.get(id)!.some((row) => {
          const timeMs = row[identity.time] as EpochMs;
          return row['device_id'] === deviceId && timeMs >= fromMs && timeMs <= toMs;
        }),
      );
    },
  };
}

/** A row without its time could be written, and never be read in any range. */
function refuseTimeless(table: TableName, rows: readonly object[]): void {
  const time = TABLE_IDENTITY[table]?.time;
  if (time === undefined) return;
  const place = rows.findIndex((row) => !Number.isFinite((row as AnyRow)[time]));
  if (place === -1) return;
  const found = String((rows[place] as AnyRow)[time]);
  throw new LouverError(
    'E_STORAGE_REJECTED',
    `row ${place} for ${table}: ${time} is ${found}, expected epoch milliseconds; nothing was written`,
  );
}
