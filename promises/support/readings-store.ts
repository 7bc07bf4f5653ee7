import { defaultContext, memoryStorage, type StorageAdapter } from '@louver/core';
import { embeddedHarness } from '../../packages/storage-clickhouse/test/support/harness.js';

export interface FoundReading {
  readonly value: number;
  readonly source: string;
  /** As the device sent it. */
  readonly stamp: string;
  readonly ms: number;
}

/** A database that outlives pipelines, and what it has past its adapter. */
export interface ReadingsStore {
  /** Open already; opening and closing it do nothing. */
  readonly storage: StorageAdapter;
  /** Temperatures of a device, oldest first. */
  temperatures(deviceId: string): Promise<readonly FoundReading[]>;
  close(): Promise<void>;
}

export async function memoryStore(): Promise<ReadingsStore> {
  const memory = memoryStorage();
  await memory.open(defaultContext());
  return {
    storage: { ...memory, open: async () => {}, close: async () => {} },
    async temperatures(deviceId) {
      const rows = memory.rows('sensor_temperature').filter((row) => row.device_id === deviceId);
      return rows
        .map(({ value, time_source, device_timestamp, timestamp }) => {
          return { value, source: time_source, stamp: device_timestamp, ms: timestamp };
        })
        .sort((a, b) => a.ms - b.ms || a.value - b.value);
    },
    close: async () => {},
  };
}

/** A real ClickHouse, in this process. */
export async function chdbStore(folder: string): Promise<ReadingsStore> {
  const harness = await embeddedHarness(folder);
  const storage = harness.storage();
  await storage.open(defaultContext());
  const { reader, present } = storage;
  return {
    storage: {
      name: storage.name,
      supports: storage.supports,
      reader: reader!,
      open: async () => {},
      close: async () => {},
      write: (table, rows, options) => storage.write(table, rows, options),
      present: (table, keys, signal) => present!.call(storage, table, keys, signal),
    },
    async temperatures(deviceId) {
      const found = await harness.sql(
        `SELECT value, time_source, device_timestamp, toUnixTimestamp64Milli(timestamp) AS ms ` +
          `FROM iot.sensor_temperature WHERE device_id = '${deviceId}' ORDER BY ms, value`,
      );
      return found.map((row) => ({
        value: Number(row['value']),
        source: String(row['time_source']),
        stamp: String(row['device_timestamp']),
        ms: Number(row['ms']),
      }));
    },
    async close() {
      await storage.close();
      await harness.close();
    },
  };
}
