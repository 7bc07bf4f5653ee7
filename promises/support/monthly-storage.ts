import { LouverError, TABLE_IDENTITY, type StorageAdapter, type TableName, type Tables } from '@louver/core';

/**
 * Writes as ClickHouse does: an insert is whole or not at all, but one for each month of the rows, so that a write may be half there. `open`
 * and `close` are left to whoever made the storage: it lives on.
 */
export function monthlyStorage(storage: StorageAdapter): StorageAdapter {
  return {
    ...storage,
    async write<T extends TableName>(
      table: T,
      rows: readonly Tables[T][],
      options?: { readonly signal?: AbortSignal },
    ) {
      const time = TABLE_IDENTITY[table]?.time;
      const months = new Map<string, Tables[T][]>();
      for (const row of rows) {
        const timeMs = time === undefined ? 0 : (row as unknown as Record<string, number>)[time]!;
        const month = new Date(timeMs).toISOString().slice(0, 7);
        months.set(month, [...(months.get(month) ?? []), row]);
      }
      let receipt: Awaited<ReturnType<StorageAdapter['write']>> | undefined;
      for (const inserted of months.values()) {
        try {
          receipt = await storage.write(table, inserted, options);
        } catch (error) {
          if (receipt === undefined || !LouverError.is(error) || error.code !== 'E_STORAGE_REJECTED') throw error;
          throw new LouverError('E_STORAGE_UNAVAILABLE', `a part of ${table} was written: ${error.message}`);
        }
      }
      return receipt!;
    },
  };
}
