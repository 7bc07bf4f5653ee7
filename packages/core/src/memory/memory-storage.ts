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

  function rows<T extends TableName>(table: T): readonly Tables[T][] {
    return (tables.get(table) ?? []) as unknown as readonly Tables[T][];
  }

  return {
    name: 'memory-storage',
    supports: { durable: false, lookup: true },
    reader: memoryReader(rows),
    rows,
    async open(opened) {
      context = opened;
    },
    async close() {},
    async write(table, added) {
      if (context === undefined) throw new LouverError('E_NOT_OPEN', 'memory storage: write() before open()');
      let found = tables.get(table);
      if (found === undefined) tables.set(table, (found = []));
      for (const row of added) found.push({ ...row });
      return durableReceipt('none', context.clock.now());
    },
    async present(table, keys) {
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
