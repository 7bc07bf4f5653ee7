import { randomUUID } from 'node:crypto';
import type { RowsQuery, StorageReader, TableName, Tables } from '@louver/core';

export const T0 = Date.UTC(2025, 9, 24, 12);

export function reading(row: Partial<Tables['sensor_temperature']> = {}): Tables['sensor_temperature'] {
  return {
    timestamp: T0,
    device_id: 'kitchen',
    value: 21.5,
    message_id: randomUUID(),
    received_at: T0,
    time_source: 'device',
    device_timestamp: '',
    ...row,
  };
}

export async function all<T extends TableName>(
  reader: StorageReader,
  table: T,
  query: RowsQuery = {},
): Promise<readonly Tables[T][]> {
  const rows: Tables[T][] = [];
  for await (const batch of reader.rows(table, query)) rows.push(...batch);
  return rows;
}
