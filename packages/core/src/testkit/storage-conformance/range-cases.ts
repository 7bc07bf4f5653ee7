import type { StorageAdapter } from '../../storage.js';
import type { RangeQuery } from '../../storage-reader.js';
import { expectSame } from './expect.js';
import { actionRow, audioRow, predictionRow, quantityRow, scalarRow, T0 } from '../sample-rows.js';
import { readerOf, type CaseSpec } from './stage.js';

/** A way to read a range of one device: `write` puts a row at each time, `times` reads them. */
interface Range {
  readonly name: string;
  write(storage: StorageAdapter, device_id: string, times: readonly number[]): Promise<unknown>;
  times(storage: StorageAdapter, query: RangeQuery): Promise<readonly number[]>;
}

const RANGES: readonly Range[] = [
  {
    name: 'readings of a quantity with a table of its own',
    write: (storage, device_id, times) =>
      storage.write(
        'sensor_temperature',
        times.map((timestamp) => scalarRow({ device_id, timestamp })),
      ),
    times: async (storage, query) =>
      (await readerOf(storage).readings('temperature', query)).map(({ timestampMs }) => timestampMs),
  },
  {
    name: 'readings of another quantity',
    write: (storage, device_id, times) =>
      storage.write(
        'sensor_scalar',
        times.map((timestamp) => quantityRow({ device_id, timestamp })),
      ),
    times: async (storage, query) =>
      (await readerOf(storage).readings('co2', query)).map(({ timestampMs }) => timestampMs),
  },
  {
    name: 'recordings',
    write: (storage, device_id, times) =>
      storage.write(
        'sensor_audio',
        times.map((timestamp) => audioRow({ device_id, timestamp })),
      ),
    times: async (storage, query) => (await readerOf(storage).recordings(query)).map(({ timestampMs }) => timestampMs),
  },
  {
    name: 'actions',
    write: (storage, device_id, times) =>
      storage.write(
        'window_actions',
        times.map((timestamp) => actionRow({ device_id, timestamp })),
      ),
    times: async (storage, query) => (await readerOf(storage).actions(query)).map(({ timestamp }) => timestamp),
  },
  {
    name: 'predictions',
    write: (storage, device_id, times) =>
      storage.write(
        'ml_predictions',
        times.map((timestamp) => predictionRow({ device_id, timestamp })),
      ),
    times: async (storage, query) => (await readerOf(storage).predictions(query)).map(({ timestamp }) => timestamp),
  },
];

const QUERIES: readonly (readonly [Partial<RangeQuery>, readonly number[], string])[] = [
  [{}, [-2, 0, 1, 2, 3, 4], 'without bounds'],
  [{ fromMs: T0 + 1, toMs: T0 + 3 }, [1, 2, 3], 'bounds are inclusive'],
  [{ fromMs: T0 + 2, toMs: T0 + 2 }, [2], 'one millisecond'],
  [{ limit: 2 }, [3, 4], 'a limit keeps the newest'],
  [{ toMs: T0 + 3, limit: 3 }, [1, 2, 3], 'a limit keeps the newest of the range'],
  [{ fromMs: T0 + 0.5, toMs: T0 + 2.5 }, [1, 2], 'bounds between milliseconds'],
  [{ fromMs: T0 + 5 }, [], 'after the last'],
  [{ fromMs: T0 + 3, toMs: T0 + 1 }, [], 'a range that ends before it begins'],
  [{ limit: 0 }, [], 'a limit of 0'],
  [{ fromMs: -Infinity, toMs: Infinity, limit: Infinity }, [-2, 0, 1, 2, 3, 4], 'infinite bounds and limit'],
];

export const rangeCases: readonly CaseSpec[] = [
  ...RANGES.map((range): CaseSpec => ({
    name: `ranges: ${range.name} are ordered, within inclusive bounds, the newest where a limit cuts`,
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      await range.write(
        storage,
        'dev',
        [3, 0, 4].map((ms) => T0 + ms),
      );
      await range.write(
        storage,
        'other',
        [2, 5].map((ms) => T0 + ms),
      );
      await range.write(
        storage,
        'dev',
        [1, -2, 2].map((ms) => T0 + ms),
      );
      for (const [query, expected, what] of QUERIES) {
        const found = await range.times(storage, { deviceId: 'dev', limit: 100, ...query });
        expectSame(
          found.map((ms) => ms - T0),
          expected,
          `${range.name}, ${what}`,
        );
      }
      expectSame(await range.times(storage, { deviceId: 'nobody', limit: 9 }), [], `${range.name} of nobody`);
    },
  })),
  {
    name: 'ranges: of one millisecond, readings and recordings come in the order of their receipt',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const received = [7, 2, 9, 4];
      await storage.write(
        'sensor_temperature',
        received.map((ms) => scalarRow({ received_at: T0 + ms, value: ms })),
      );
      await storage.write(
        'sensor_audio',
        received.map((ms) => audioRow({ received_at: T0 + ms, duration: ms })),
      );
      const reader = readerOf(storage);
      const values = async (limit: number): Promise<readonly number[]> =>
        (await reader.readings('temperature', { deviceId: 'dev', limit })).map(({ value }) => value);
      expectSame(await values(9), [2, 4, 7, 9], 'readings()');
      expectSame(await values(2), [7, 9], 'readings() with a limit of 2');
      const recordings = await reader.recordings({ deviceId: 'dev', limit: 3 });
      expectSame(
        recordings.map(({ durationS }) => durationS),
        [4, 7, 9],
        'recordings() with a limit of 3',
      );
      const [last] = await reader.lastRecordings(T0);
      expectSame(last?.durationS, 9, 'lastRecordings()');
    },
  },
  {
    name: 'ranges: readings tell value and source of time, each quantity by itself',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      await storage.write('sensor_humidity', [scalarRow({ value: 55 })]);
      await storage.write('sensor_scalar', [
        quantityRow({ quantity: 'co2', value: 700 }),
        quantityRow({ quantity: 'pm25', value: 8, time_source: 'server' }),
      ]);
      const reader = readerOf(storage);
      const query = { deviceId: 'dev', limit: 10 };
      const expected = { timestampMs: T0, value: 55, timeSource: 'device' };
      expectSame(await reader.readings('humidity', query), [expected], `readings('humidity')`);
      const dust = { timestampMs: T0, value: 8, timeSource: 'server' };
      expectSame(await reader.readings('pm25', query), [dust], `readings('pm25')`);
      expectSame(await reader.readings('temperature', query), [], `readings('temperature')`);
      expectSame(await reader.readings('occupancy', query), [], `readings('occupancy')`);
    },
  },
  {
    name: 'ranges: recordings with their features parsed, and what is not JSON as it is',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const rows = ['{"recipe":"r","values":{"a":[1,null]}}', 'none', '', '7'].map((features, i) =>
        audioRow({ timestamp: T0 + i, features, audio_hash: `h${i}` }),
      );
      await storage.write('sensor_audio', rows);
      const common = { sampleRateHz: 16_000, durationS: 2.125, format: 'wav' };
      const features = [{ recipe: 'r', values: { a: [1, null] } }, 'none', '', 7];
      const expected = features.map((found, i) => ({
        timestampMs: T0 + i,
        ...common,
        audioHash: `h${i}`,
        features: found,
      }));
      expectSame(await readerOf(storage).recordings({ deviceId: 'dev', limit: 9 }), expected, 'recordings()');
    },
  },
  {
    name: 'ranges: actions and predictions come back whole',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const actions = [actionRow(), actionRow({ timestamp: T0 + 1, source: "person's" })];
      const predictions = [predictionRow(), predictionRow({ timestamp: T0 + 1, held: false, reason: '' })];
      await storage.write('window_actions', actions);
      await storage.write('ml_predictions', predictions);
      const reader = readerOf(storage);
      expectSame(await reader.actions({ deviceId: 'dev', limit: 9 }), actions, 'actions()');
      expectSame(await reader.predictions({ deviceId: 'dev', limit: 9 }), predictions, 'predictions()');
    },
  },
];
