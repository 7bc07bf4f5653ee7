import { checkHistory } from '../check-history.js';
import type { EpochMs, Quantity } from '../event.js';
import { featureValue } from '../feature-value.js';
import type {
  Aggregation,
  RangeQuery,
  RowsQuery,
  StorageReader,
  StoredFeatures,
  StoredRecording,
} from '../storage-reader.js';
import {
  REPLAYED,
  TABLE_IDENTITY,
  type AudioRow,
  type DeviceRow,
  type QuantityRow,
  type TableIdentity,
  type TableName,
  type Tables,
} from '../tables.js';

/** Rows of a table as they were written. */
export type RowsOf = <T extends TableName>(table: T) => readonly Tables[T][];

/** Reads back what is in arrays, by looking at all of it. */
export function memoryReader(rows: RowsOf): StorageReader {
  function scalars(): readonly QuantityRow[] {
    return [
      ...rows('sensor_temperature').map((row) => ({ ...row, quantity: 'temperature' })),
      ...rows('sensor_humidity').map((row) => ({ ...row, quantity: 'humidity' })),
      ...rows('sensor_scalar'),
    ];
  }

  function newestDevices(): readonly DeviceRow[] {
    const newest = new Map<string, DeviceRow>();
    for (const row of rows('device_registry')) {
      if (row.last_seen >= (newest.get(row.device_id)?.last_seen ?? -Infinity)) newest.set(row.device_id, row);
    }
    return [...newest.values()].sort((a, b) => a.registered_at - b.registered_at);
  }

  return {
    async devices() {
      return newestDevices();
    },
    async latest(deviceId) {
      const wanted = scalars().filter((row) => deviceId === undefined || row.device_id === deviceId);
      return newestOfEach(wanted, (row) => JSON.stringify([row.device_id, row.quantity])).map(
        ({ device_id, quantity, timestamp, value }) => ({
          deviceId: device_id,
          quantity,
          timestampMs: timestamp,
          value,
        }),
      );
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
      return newestOfEach(recent, (row) => row.device_id).map((row) => ({
        deviceId: row.device_id,
        ...recordingOf(row),
      }));
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
      for (const [table, identity] of Object.entries(TABLE_IDENTITY) as [TableName, TableIdentity | undefined][]) {
        if (identity !== undefined) for (const row of rows(table)) newestMs = Math.max(newestMs, timeOf(row, identity));
      }
      return newestMs;
    },
    async lastActions() {
      const decided = rows('window_actions').filter(
        ({ temperature, humidity }) => !(Number.isNaN(temperature) && Number.isNaN(humidity)),
      );
      return newestOfEach(decided, (row) => row.device_id);
    },
    async *history(quantity, query) {
      checkHistory(query);
      const { deviceId, fromMs, toMs, intervalMs, aggregation } = query;
      const wanted = scalars().filter((row) => row.quantity === quantity);
      const buckets = new Map<EpochMs, QuantityRow[]>();
      for (const row of inRange(wanted, { deviceId, fromMs, toMs, limit: Infinity })) {
        const begin = Math.floor(row.timestamp / intervalMs) * intervalMs;
        const bucket = buckets.get(begin);
        if (bucket === undefined) buckets.set(begin, [row]);
        else bucket.push(row);
      }
      yield [...buckets].map(([timestampMs, found]) => {
        return { timestampMs, value: AGGREGATES[aggregation](found), count: found.length };
      });
    },
    async *features({ columns, ...range }) {
      yield inRange(rows('sensor_audio'), { ...range, limit: Infinity }).map((row) => featuresOf(row, columns));
    },
    async *rows<T extends TableName>(table: T, { deviceId, fromMs = -Infinity, toMs = Infinity }: RowsQuery) {
      const identity = TABLE_IDENTITY[table];
      if (identity === undefined) {
        const devices = newestDevices().filter((row) => deviceId === undefined || row.device_id === deviceId);
        yield devices.toSorted((a, b) => compare(a.device_id, b.device_id)) as unknown as readonly Tables[T][];
        return;
      }
      const found = rows(table).filter((row) => {
        const ms = timeOf(row, identity);
        return (deviceId === undefined || row.device_id === deviceId) && ms >= fromMs && ms <= toMs;
      });
      const quantityOf = (row: object): string => ('quantity' in row ? String(row.quantity) : '');
      yield found.toSorted(
        (a, b) =>
          compare(a.device_id, b.device_id) ||
          compare(quantityOf(a), quantityOf(b)) ||
          timeOf(a, identity) - timeOf(b, identity),
      );
    },
  };
}

const AGGREGATES: Readonly<Record<Aggregation, (rows: readonly QuantityRow[]) => number>> = {
  mean: (rows) => rows.reduce((sum, { value }) => sum + value, 0) / rows.length,
  min: (rows) => rows.reduce((least, { value }) => Math.min(least, value), Infinity),
  max: (rows) => rows.reduce((most, { value }) => Math.max(most, value), -Infinity),
  count: (rows) => rows.length,
  last: (rows) => rows.at(-1)!.value,
};

/** Of a device; sensor rows have `received_at`. */
interface TimedRow {
  readonly device_id: string;
  readonly timestamp: EpochMs;
  readonly received_at?: EpochMs;
}

/** By time; of one millisecond by receipt. */
function byTime(a: TimedRow, b: TimedRow): number {
  return a.timestamp - b.timestamp || (a.received_at ?? 0) - (b.received_at ?? 0);
}

/** Oldest first. */
function newestOfEach<R extends TimedRow>(rows: readonly R[], nameOf: (row: R) => string): readonly R[] {
  const newest = new Map(rows.toSorted(byTime).map((row) => [nameOf(row), row]));
  return [...newest.values()].sort(byTime);
}

function timeOf(row: object, { time }: TableIdentity): EpochMs {
  return (row as Readonly<Record<string, unknown>>)[time] as EpochMs;
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function featuresOf(row: AudioRow, columns: readonly string[]): StoredFeatures {
  const found = parsed(row.features);
  const features = Object(found) as { readonly recipe?: string };
  return {
    timestampMs: row.timestamp,
    audioHash: row.audio_hash,
    recipe: features.recipe ?? '',
    values: Float64Array.from(columns, (column) => featureValue(features, column)),
  };
}

function inRange<R extends TimedRow>(
  rows: readonly R[],
  { deviceId, fromMs = -Infinity, toMs = Infinity, limit }: RangeQuery,
): readonly R[] {
  return rows
    .filter((row) => row.device_id === deviceId && row.timestamp >= fromMs && row.timestamp <= toMs)
    .sort(byTime)
    .slice(limit > 0 ? -limit : Infinity);
}

function recordingOf(row: AudioRow): StoredRecording {
  return {
    timestampMs: row.timestamp,
    sampleRateHz: row.sample_rate,
    durationS: row.duration,
    format: row.format,
    audioHash: row.audio_hash,
    features: parsed(row.features),
  };
}

/** What is not JSON as it is. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}
