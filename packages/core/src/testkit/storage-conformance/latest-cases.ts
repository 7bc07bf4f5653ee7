import { TABLE_IDENTITY } from '../../tables.js';
import { expectSame } from './expect.js';
import { actionRow, audioRow, deviceRow, quantityRow, scalarRow, T0 } from '../sample-rows.js';
import { samplesOf, TABLE_NAMES } from './samples.js';
import { readerOf, type CaseSpec } from './stage.js';

const MINUTE_MS = 60_000;

/** What the pipeline asks when it starts. */
export const latestCases: readonly CaseSpec[] = [
  {
    name: 'reading: an empty storage has nothing',
    needs: ['reader'],
    async run(stage) {
      const reader = readerOf(await stage.opened());
      const query = { deviceId: 'dev', limit: 10 };
      expectSame(await reader.devices(), [], 'devices()');
      expectSame(await reader.latest(), [], 'latest()');
      expectSame(await reader.latest('dev'), [], `latest('dev')`);
      expectSame(await reader.lastActions(), [], 'lastActions()');
      expectSame(await reader.lastRecordings(-Infinity), [], 'lastRecordings()');
      expectSame(await reader.newestMs(), -Infinity, 'newestMs()');
      expectSame(await reader.readings('temperature', query), [], 'readings()');
      expectSame(await reader.recordings(query), [], 'recordings()');
      expectSame(await reader.actions(query), [], 'actions()');
      expectSame(await reader.predictions(query), [], 'predictions()');
      expectSame(await reader.deadLetters({ limit: 10 }), [], 'deadLetters()');
    },
  },
  {
    name: 'latest: the newest value by its own time, however late others come',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const at = (minutes: number, value: number) =>
        scalarRow({ timestamp: T0 + minutes * MINUTE_MS, value, received_at: T0 + value * MINUTE_MS });
      await storage.write('sensor_temperature', [at(2, 22), at(1, 21)]);
      await storage.write('sensor_temperature', [at(1, 23), at(-60 * 24 * 40, 25)]);
      const expected = { deviceId: 'dev', quantity: 'temperature', timestampMs: T0 + 2 * MINUTE_MS, value: 22 };
      expectSame(await readerOf(storage).latest('dev'), [expected], 'latest()');
    },
  },
  {
    name: 'latest: of one millisecond, what was received last',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const at = (value: number, receivedMs: number) => ({ value, received_at: T0 + receivedMs });
      await storage.write('sensor_humidity', [scalarRow(at(1, 5)), scalarRow(at(2, 9)), scalarRow(at(3, 7))]);
      await storage.write('sensor_humidity', [scalarRow(at(4, 8))]);
      expectSame(
        (await readerOf(storage).latest()).map(({ value }) => value),
        [2],
        'value of latest()',
      );
    },
  },
  {
    name: 'latest: one value of each device and quantity, of one device or of all, oldest first',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      await storage.write('sensor_temperature', [
        scalarRow({ device_id: 'a', timestamp: T0 + 5, value: 1 }),
        scalarRow({ device_id: 'b', timestamp: T0 + 3, value: 2 }),
      ]);
      await storage.write('sensor_humidity', [scalarRow({ device_id: 'a', timestamp: T0 + 1, value: 3 })]);
      await storage.write('sensor_scalar', [
        quantityRow({ device_id: 'a', quantity: 'pm25', timestamp: T0 + 4, value: 4 }),
        quantityRow({ device_id: 'a', quantity: 'co2', timestamp: T0 + 2, value: 5 }),
      ]);
      const [humid, dense, other, dusty, warm] = [
        { deviceId: 'a', quantity: 'humidity', timestampMs: T0 + 1, value: 3 },
        { deviceId: 'a', quantity: 'co2', timestampMs: T0 + 2, value: 5 },
        { deviceId: 'b', quantity: 'temperature', timestampMs: T0 + 3, value: 2 },
        { deviceId: 'a', quantity: 'pm25', timestampMs: T0 + 4, value: 4 },
        { deviceId: 'a', quantity: 'temperature', timestampMs: T0 + 5, value: 1 },
      ];
      const reader = readerOf(storage);
      expectSame(await reader.latest(), [humid, dense, other, dusty, warm], 'latest()');
      expectSame(await reader.latest('a'), [humid, dense, dusty, warm], `latest('a')`);
      expectSame(await reader.latest('b'), [other], `latest('b')`);
      expectSame(await reader.latest('c'), [], `latest('c')`);
    },
  },
  {
    name: 'devices: each once as of its newest last_seen, decommissioned ones too, oldest registration first',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const reader = readerOf(storage);
      const young = deviceRow({ device_id: 'young', registered_at: T0 + 5, last_seen: T0 + 6 });
      const first = deviceRow({ device_id: 'old', name: 'first', last_seen: T0 + 2 });
      await storage.write('device_registry', [young, first]);
      expectSame(await reader.devices(), [first, young], 'devices()');
      await storage.write('device_registry', [deviceRow({ device_id: 'old', name: 'stale', last_seen: T0 + 1 })]);
      expectSame(await reader.devices(), [first, young], 'devices() after a row with an older last_seen');
      const gone = { ...first, name: 'second', last_seen: T0 + 3, is_active: false, deleted_at: T0 + 3 };
      await storage.write('device_registry', [gone]);
      expectSame(await reader.devices(), [gone, young], 'devices() after a row with a newer last_seen');
    },
  },
  {
    name: 'newestMs: the newest time of any table with an identity, by its own time',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const reader = readerOf(storage);
      await storage.write('device_registry', [deviceRow({ last_seen: T0 })]);
      expectSame(await reader.newestMs(), -Infinity, 'newestMs() with a device only');
      let ms = -1_000;
      for (const table of TABLE_NAMES) {
        const identity = TABLE_IDENTITY[table];
        if (identity === undefined) continue;
        ms += 300;
        const times = [ms, ms - 86_400_000];
        await storage.write(
          table,
          samplesOf(
            table,
            times.map((time) => ({ [identity.time]: time })),
          ),
        );
        expectSame(await reader.newestMs(), ms, `newestMs() after ${table}`);
      }
    },
  },
  {
    name: 'lastRecordings: the newest of each device from a time on, oldest first',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const reader = readerOf(storage);
      const at = (device_id: string, ms: number) =>
        audioRow({ device_id, timestamp: T0 + ms, audio_hash: `${device_id}${ms}`, received_at: T0 + 100 - ms });
      await storage.write('sensor_audio', [at('a', 2), at('b', 6), at('a', 7), at('a', 3), at('c', 1), at('d', 0)]);
      const found = async (sinceMs: number): Promise<readonly string[]> =>
        (await reader.lastRecordings(sinceMs)).map(({ deviceId, audioHash }) => `${deviceId}:${audioHash}`);
      expectSame(await found(T0 + 1), ['c:c1', 'b:b6', 'a:a7'], 'lastRecordings()');
      expectSame(await found(T0 + 2), ['b:b6', 'a:a7'], 'lastRecordings() 1 ms later');
      expectSame(await found(T0 + 8), [], 'lastRecordings() after the last one');
      const [last] = await reader.lastRecordings(T0 + 7);
      const expected = {
        deviceId: 'a',
        timestampMs: T0 + 7,
        sampleRateHz: 16_000,
        durationS: 2.125,
        format: 'wav',
        audioHash: 'a7',
        features: { recipe: 'r', values: { rms_mean: 0.25 } },
      };
      expectSame(last, expected, 'lastRecordings()[0]');
    },
  },
  {
    name: "lastActions: the newest of each device that names a temperature or a humidity, a person's not",
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const reader = readerOf(storage);
      const at = (device_id: string, ms: number, change = {}) =>
        actionRow({ device_id, timestamp: T0 + ms, ...change });
      const rows = [
        at('a', 3),
        at('b', 6, { temperature: NaN }),
        at('a', 9),
        at('a', 5),
        at('b', 4),
        at('b', 8, { temperature: NaN, humidity: NaN, source: 'manual' }),
        at('c', 2, { temperature: NaN, humidity: NaN, source: 'manual' }),
        at('d', 1, { humidity: NaN }),
      ];
      await storage.write('window_actions', rows);
      // A copy, which a retry without look-up makes: one action all the same.
      await storage.write('window_actions', [rows[2]!]);
      expectSame(await reader.lastActions(), [rows[7], rows[1], rows[2]], 'lastActions()');
    },
  },
];
