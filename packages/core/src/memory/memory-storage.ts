import { durableReceipt } from '../delivery.js';
import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { EpochMs, Quantity } from '../event.js';
import type { LatestValue, RangeQuery, StorageAdapter, StorageReader, StoredRecording } from '../storage.js';
import {
  REPLAYED,
  TABLE_IDENTITY,
  type AudioRow,
  type DeviceRow,
  type QuantityRow,
  type TableName,
  type Tables,
} from '../tables.js';

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

  function scalars(): readonly QuantityRow[] {
    return [
      ...rows('sensor_temperature').map((row) => ({ ...row, quantity: 'temperature' })),
      ...rows('sensor_humidity').map((row) => ({ ...row, quantity: 'humidity' })),
      ...rows('sensor_scalar'),
    ];
  }

  const reader: StorageReader = {
    async devices() {
      const newest = new Map<string, DeviceRow>();
      for (const row of rows('device_registry')) {
        if (row.last_seen >= (newest.get(row.device_id)?.last_seen ?? -Infinity)) newest.set(row.device_id, row);
      }
      return [...newest.values()];
    },
    async latest(deviceId) {
      const newest = new Map<string, LatestValue>();
      for (const row of scalars()) {
        if (deviceId !== undefined && row.device_id !== deviceId) continue;
        const place = JSON.stringify([row.device_id, row.quantity]);
        if (row.timestamp < (newest.get(place)?.timestampMs ?? -Infinity)) continue;
        const { device_id, quantity, timestamp, value } = row;
        newest.set(place, { deviceId: device_id, quantity, timestampMs: timestamp, value });
      }
      return [...newest.values()];
    },
    async readings(quantity: Quantity, query) {
      const wanted = scalars().filter((row) => row.quantity === quantity);
      return inRange(wanted, query).map(({ timestamp, value, time_source }) => {
        return { timestampMs: timestamp, value, timeSource: time_source };
      });
    },
    async recordings(query) {
      return inRange(rows('sensor_audio'), query).map(recordingOf);
    },
    async lastRecordings(sinceMs) {
      const recent = rows('sensor_audio').filter(({ timestamp }) => timestamp >= sinceMs);
      const byTime = recent.toSorted((a, b) => a.timestamp - b.timestamp);
      const newest = new Map(byTime.map((row) => [row.device_id, row]));
      return [...newest.values()].map((row) => ({ deviceId: row.device_id, ...recordingOf(row) }));
    },
    async actions(query) {
      return inRange(rows('window_actions'), query);
    },
    async predictions(query) {
      return inRange(rows('ml_predictions'), query);
    },
    async deadLetters({ messageIds, deviceId, code, fromMs = -Infinity, toMs = Infinity, limit, maxPayloadChars }) {
      const letters = rows('dead_letters');
      const replayed = new Set(letters.filter((row) => row.code === REPLAYED).map((row) => row.message_id));
      // Somebody else's rows may have no id: one of them says nothing of another.
      replayed.delete('');
      return letters
        .filter((row) => row.code !== REPLAYED && !replayed.has(row.message_id))
        .filter((row) => row.received_at >= fromMs && row.received_at <= toMs)
        .filter((row) => deviceId === undefined || row.device_id === deviceId)
        .filter((row) => code === undefined || row.code === code)
        .filter((row) => messageIds === undefined || messageIds.includes(row.message_id))
        .toSorted((a, b) => a.received_at - b.received_at || (a.message_id < b.message_id ? -1 : 1))
        .slice(limit > 0 ? -limit : Infinity)
        .map((row) => ({ ...row, payload: row.payload.slice(0, maxPayloadChars) }));
    },
    async newestMs() {
      let newestMs = -Infinity;
      for (const [table, found] of tables) {
        const time = TABLE_IDENTITY[table]?.time;
        if (time !== undefined) for (const row of found) newestMs = Math.max(newestMs, row[time] as EpochMs);
      }
      return newestMs;
    },
    async lastActions() {
      const decided = rows('window_actions').filter(
        ({ temperature, humidity }) => !(Number.isNaN(temperature) && Number.isNaN(humidity)),
      );
      const byTime = decided.toSorted((a, b) => a.timestamp - b.timestamp);
      return [...new Map(byTime.map((row) => [row.device_id, row])).values()];
    },
  };

  return {
    name: 'memory-storage',
    supports: { durable: false, lookup: true },
    reader,
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

function inRange<R extends { readonly device_id: string; readonly timestamp: EpochMs }>(
  rows: readonly R[],
  { deviceId, fromMs = -Infinity, toMs = Infinity, limit }: RangeQuery,
): readonly R[] {
  return rows
    .filter((row) => row.device_id === deviceId && row.timestamp >= fromMs && row.timestamp <= toMs)
    .sort((a, b) => a.timestamp - b.timestamp)
    .slice(-limit);
}

function recordingOf(row: AudioRow): StoredRecording {
  return {
    timestampMs: row.timestamp,
    sampleRateHz: row.sample_rate,
    durationS: row.duration,
    format: row.format,
    audioHash: row.audio_hash,
    features: JSON.parse(row.features) as unknown,
  };
}
