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
  /**
   * Every row of devices whose names begin so, in words and sorted. Without what is another one with each delivery: the time of receipt, also
   * where it stands for the time of the reading.
   */
  rows(prefix: string): Promise<readonly string[]>;
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
    async rows(prefix) {
      const scalars = (['sensor_temperature', 'sensor_humidity', 'sensor_scalar'] as const).flatMap((table) =>
        memory.rows(table).map((row) => {
          const time = row.time_source === 'server' ? 0 : row.timestamp;
          const what = 'quantity' in row ? row.quantity : '';
          return [table, row.device_id, what, row.value, row.message_id, row.time_source, row.device_timestamp, time];
        }),
      );
      const letters = memory
        .rows('dead_letters')
        .map((row) => ['dead_letters', row.device_id, row.code, 0, row.message_id, '', '', 0]);
      return [...scalars, ...letters]
        .filter(([, device]) => String(device).startsWith(prefix))
        .map((row) => row.join(' '))
        .sort();
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
    async rows(prefix) {
      const of = (table: string, what: string): string =>
        `SELECT '${table}' AS t, device_id AS d, toString(${what}) AS w, value AS v, message_id AS i, toString(time_source) AS s, ` +
        `device_timestamp AS dt, if(time_source = 'server', 0, toUnixTimestamp64Milli(timestamp)) AS ms FROM iot.${table}`;
      const letters =
        `SELECT 'dead_letters' AS t, device_id AS d, toString(code) AS w, 0 AS v, message_id AS i, '' AS s, '' AS dt, 0 AS ms ` +
        `FROM iot.dead_letters`;
      const all = [
        of('sensor_temperature', "''"),
        of('sensor_humidity', "''"),
        of('sensor_scalar', 'quantity'),
        letters,
      ];
      const found = await harness.sql(`SELECT * FROM (${all.join(' UNION ALL ')}) WHERE startsWith(d, '${prefix}')`);
      const columns = ['t', 'd', 'w', 'v', 'i', 's', 'dt', 'ms'];
      return found.map((row) => columns.map((column) => String(row[column])).join(' ')).sort();
    },
    async close() {
      await storage.close();
      await harness.close();
    },
  };
}
