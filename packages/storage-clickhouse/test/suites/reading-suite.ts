import { defaultContext, type StorageAdapter, type StorageReader } from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Harness, StartHarness } from '../support/harness.js';
import { actionRow, audioRow, deviceRow, predictionRow, quantityRow, scalarRow, T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

const MINUTE = 60_000;

export function readingSuite(start: StartHarness): void {
  describe('reading', () => {
    const folder = tempFolder();
    let harness: Harness;
    let storage: StorageAdapter;
    let reader: StorageReader;

    beforeAll(async () => {
      harness = await start(folder);
      storage = harness.storage();
      await storage.open(defaultContext());
      reader = storage.reader!;
    });
    afterAll(async () => {
      await storage.close();
      await harness.close();
    });

    test('an empty database has nothing', async () => {
      expect(await reader.devices()).toEqual([]);
      expect(await reader.latest()).toEqual([]);
      expect(await reader.lastActions()).toEqual([]);
      expect(await reader.newestMs()).toBe(-Infinity);
    });

    test('the newest time is that of any table, also before 1970', async () => {
      await storage.write('sensor_humidity', [scalarRow({ device_id: 'old', timestamp: -5 })]);
      expect(await reader.newestMs()).toBe(-5);
      await storage.write('window_actions', [actionRow({ device_id: 'old', timestamp: 17 })]);
      expect(await reader.newestMs()).toBe(17);
    });

    test('a limit keeps the newest; what comes is ordered by time; bounds are inclusive', async () => {
      const rows = [3, 0, 4, 1, 2].map((i) => scalarRow({ device_id: 'range', timestamp: T0 + i, value: i }));
      await storage.write('sensor_temperature', rows);
      const values = async (query: object): Promise<number[]> =>
        (await reader.readings('temperature', { deviceId: 'range', limit: 100, ...query })).map(({ value }) => value);
      expect(await values({})).toEqual([0, 1, 2, 3, 4]);
      expect(await values({ limit: 2 })).toEqual([3, 4]);
      expect(await values({ fromMs: T0 + 1, toMs: T0 + 3 })).toEqual([1, 2, 3]);
      expect(await values({ toMs: T0 + 3, limit: 1 })).toEqual([3]);
      expect(await values({ fromMs: T0 + 5 })).toEqual([]);
      expect(await values({ limit: 0 })).toEqual([]);
      expect(await values({ fromMs: -Infinity, toMs: Infinity, limit: Infinity })).toEqual([0, 1, 2, 3, 4]);
    });

    test('each quantity comes from its table', async () => {
      await storage.write('sensor_humidity', [scalarRow({ device_id: 'q', value: 55 })]);
      await storage.write('sensor_scalar', [
        quantityRow({ device_id: 'q', quantity: 'co2', value: 700 }),
        quantityRow({ device_id: 'q', quantity: 'pm25', value: 8, time_source: 'server' }),
      ]);
      const query = { deviceId: 'q', limit: 10 };
      const expected = { timestampMs: T0, value: 55, timeSource: 'device' };
      expect(await reader.readings('humidity', query)).toEqual([expected]);
      expect(await reader.readings('pm25', query)).toEqual([{ timestampMs: T0, value: 8, timeSource: 'server' }]);
      expect(await reader.readings('temperature', query)).toEqual([]);
      expect(await reader.readings('occupancy', query)).toEqual([]);
    });

    test('recordings with their features parsed; what is not JSON as text', async () => {
      const rows = [
        audioRow({ device_id: 'sound' }),
        audioRow({ device_id: 'sound', timestamp: T0 + 1, features: 'none' }),
      ];
      await storage.write('sensor_audio', rows);
      const found = await reader.recordings({ deviceId: 'sound', limit: 10 });
      expect(found.map(({ features }) => features)).toEqual([{ recipe: 'r', values: { rms_mean: 0.25 } }, 'none']);
      expect(found[0]).toMatchObject({ timestampMs: T0, sampleRateHz: 16_000, durationS: 2, format: 'wav' });
    });

    test('actions and predictions come back whole', async () => {
      const actions = [actionRow({ device_id: 'whole' }), actionRow({ device_id: 'whole', timestamp: T0 + 1 })];
      const predictions = [predictionRow({ device_id: 'whole', held: true, reason: 'dwell', position: NaN })];
      await storage.write('window_actions', actions);
      await storage.write('ml_predictions', predictions);
      expect(await reader.actions({ deviceId: 'whole', limit: 10 })).toEqual(actions);
      expect(await reader.predictions({ deviceId: 'whole', limit: 10 })).toEqual(predictions);
    });

    test('the latest value is the newest by its own time, however late others come', async () => {
      const at = (minutes: number, value: number, change = {}): ReturnType<typeof scalarRow> =>
        scalarRow({ device_id: 'late', timestamp: T0 + minutes * MINUTE, value, ...change });
      await storage.write('sensor_temperature', [at(2, 22)]);
      await storage.write('sensor_temperature', [at(1, 21), at(-60 * 24 * 40, 5)]);
      expect(await reader.latest('late')).toEqual([
        { deviceId: 'late', quantity: 'temperature', timestampMs: T0 + 2 * MINUTE, value: 22 },
      ]);
      // Of one millisecond: what was received later.
      await storage.write('sensor_temperature', [at(2, 24, { received_at: T0 + 9 * MINUTE }), at(2, 23)]);
      await storage.write('sensor_scalar', [quantityRow({ device_id: 'late', timestamp: T0 + 3, value: NaN })]);
      expect(await reader.latest('late')).toEqual([
        { deviceId: 'late', quantity: 'co2', timestampMs: T0 + 3, value: NaN },
        { deviceId: 'late', quantity: 'temperature', timestampMs: T0 + 2 * MINUTE, value: 24 },
      ]);
      expect(await reader.latest()).toEqual(expect.arrayContaining([...(await reader.latest('late'))]));
    });

    test('the registry gives the newest write of every device, decommissioned ones too', async () => {
      const first = deviceRow({ device_id: 'r1', name: 'first' });
      await storage.write('device_registry', [first, deviceRow({ device_id: 'r2', registered_at: T0 + 5 })]);
      await storage.write('device_registry', [
        deviceRow({ device_id: 'r1', name: 'late and older', last_seen: T0 - 1 }),
      ]);
      expect((await reader.devices())[0]).toEqual(first);
      const gone = deviceRow({
        device_id: 'r1',
        name: 'second',
        last_seen: T0 + 1,
        is_active: false,
        deleted_at: T0 + 1,
      });
      await storage.write('device_registry', [gone]);
      expect((await reader.devices()).map(({ device_id }) => device_id)).toEqual(['r1', 'r2']);
      expect((await reader.devices())[0]).toEqual(gone);
    });

    test('one last action per device: the newest by its own time', async () => {
      const rows = [
        actionRow({ device_id: 'x1', timestamp: T0 + 2, position: 2, command_id: 'b' }),
        actionRow({ device_id: 'x1', timestamp: T0 + 1, position: 1 }),
        actionRow({ device_id: 'x1', timestamp: T0 + 2, position: 2, command_id: 'b' }),
        actionRow({ device_id: 'x2', timestamp: T0 + 1, position: 3, temperature: NaN }),
      ];
      await storage.write('window_actions', rows);
      const found = (await reader.lastActions()).filter(({ device_id }) => device_id.startsWith('x'));
      expect(found).toEqual([rows[3], rows[0]]);
    });

    test("the last action that was decided from something: a person's counts for nothing", async () => {
      const decided = actionRow({ device_id: 'y', timestamp: T0, temperature: NaN, humidity: 50 });
      const manual = actionRow({ device_id: 'y', timestamp: T0 + 9, temperature: NaN, humidity: NaN });
      await storage.write('window_actions', [manual, decided]);
      expect((await reader.lastActions()).filter(({ device_id }) => device_id === 'y')).toEqual([decided]);
    });

    test('the last recording of each device since a time', async () => {
      const features = JSON.stringify({ recipe: 'r', values: { rms_mean: 0.5 } });
      const at = (device_id: string, ms: number) =>
        audioRow({ device_id, timestamp: T0 + ms, audio_hash: `${device_id}${ms}`, features });
      await storage.write('sensor_audio', [at('h1', 5), at('h1', 7), at('h1', 6), at('h2', 1), at('h3', -1)]);
      const found = (await reader.lastRecordings(T0)).filter(({ deviceId }) => deviceId.startsWith('h'));
      expect(found.map(({ deviceId, audioHash }) => [deviceId, audioHash])).toEqual([
        ['h2', 'h21'],
        ['h1', 'h17'],
      ]);
      expect(found[0]!.features).toEqual({ recipe: 'r', values: { rms_mean: 0.5 } });
    });
  });
}
