import { defaultContext, type StorageAdapter } from '@louver/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Harness, StartHarness } from '../support/harness.js';
import {
  actionRow,
  audioRow,
  deadLetterRow,
  predictionRow,
  quantityRow,
  scalarRow,
  stateRow,
} from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

export function writingSuite(start: StartHarness): void {
  describe('writing', () => {
    const folder = tempFolder();
    let harness: Harness;
    let storage: StorageAdapter;

    beforeAll(async () => {
      harness = await start(folder);
      storage = harness.storage();
      await storage.open(defaultContext());
    });
    afterAll(async () => {
      await storage.close();
      await harness.close();
    });

    const one = async (statement: string): Promise<unknown> =>
      Object.values((await harness.sql(statement))[0] ?? {})[0];
    const count = async (table: string, device: string): Promise<number> =>
      Number(await one(`SELECT count() FROM iot.${table} WHERE device_id = '${device}'`));

    test('NaN is stored as NaN in every column that may be unknown', async () => {
      await storage.write('sensor_temperature', [scalarRow({ device_id: 'nan', value: NaN })]);
      await storage.write('sensor_scalar', [quantityRow({ device_id: 'nan', value: NaN })]);
      await storage.write('sensor_audio', [audioRow({ device_id: 'nan', duration: NaN })]);
      const unknown = { position: NaN, confidence: NaN, temperature: NaN, humidity: NaN };
      await storage.write('window_actions', [actionRow({ device_id: 'nan', ...unknown })]);
      await storage.write('window_states', [stateRow({ device_id: 'nan', position: NaN, target: NaN })]);
      const missing = { prediction: NaN, confidence: NaN, inference_time_ms: NaN, position: NaN };
      await storage.write('ml_predictions', [predictionRow({ device_id: 'nan', ...missing })]);
      expect(await one(`SELECT isNaN(value) FROM iot.sensor_temperature WHERE device_id = 'nan'`)).toBe(1);
      expect(await one(`SELECT isNaN(value) FROM iot.sensor_scalar WHERE device_id = 'nan'`)).toBe(1);
      expect(await one(`SELECT isNaN(duration) FROM iot.sensor_audio WHERE device_id = 'nan'`)).toBe(1);
      expect(await one(`SELECT isNaN(position) + isNaN(target) FROM iot.window_states WHERE device_id = 'nan'`)).toBe(
        2,
      );
      const query = { deviceId: 'nan', limit: 1 };
      expect((await storage.reader!.actions(query))[0]).toMatchObject(unknown);
      expect((await storage.reader!.predictions(query))[0]).toMatchObject(missing);
      expect((await storage.reader!.readings('temperature', query))[0]?.value).toBeNaN();
    });

    test('any row comes back as it was: floats to the last bit, milliseconds, any text', async () => {
      const ms = fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2300, 0, 1) - 1 });
      const float = fc.double({ noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
      // Whole characters: half a surrogate pair is a case of its own.
      const text = fc.string({ unit: 'binary' });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ timestamp: ms, prediction: float, position: float, reason: text, held: fc.boolean() }), {
            minLength: 1,
            maxLength: 8,
          }),
          text,
          async (changes, suffix) => {
            const device_id = `any-${run++} ${suffix}`;
            const rows = changes.map((change, i) => predictionRow({ ...change, device_id, request_id: `${i}` }));
            await storage.write('ml_predictions', rows);
            const found = await storage.reader!.predictions({ deviceId: device_id, limit: 100 });
            const byRequest = [...found].sort((a, b) => Number(a.request_id) - Number(b.request_id));
            expect(byRequest).toEqual(rows);
          },
        ),
        { numRuns: 60, seed: 20251024 },
      );
    });

    test('half a surrogate pair becomes U+FFFD, and its neighbours are stored', async () => {
      const rows = [predictionRow({ device_id: 'half', reason: 'a\ud83d!' }), predictionRow({ device_id: 'half' })];
      await storage.write('ml_predictions', rows);
      const reasons = (await storage.reader!.predictions({ deviceId: 'half', limit: 9 })).map(({ reason }) => reason);
      expect(reasons.sort()).toEqual(['a\ufffd!', 'dwell']);
    });

    test('a batch over 120 months is stored whole, each row in its own month', async () => {
      const rows = Array.from({ length: 240 }, (_, i) =>
        scalarRow({ device_id: 'months', timestamp: Date.UTC(2016, i % 120, 28, 12) + i, value: i }),
      );
      await storage.write('sensor_humidity', rows);
      expect(await count('sensor_humidity', 'months')).toBe(240);
      const partitions = `SELECT uniqExact(_partition_id) FROM iot.sensor_humidity WHERE device_id = 'months'`;
      expect(Number(await one(partitions))).toBe(120);
    });

    test('rows of 2 MiB are stored whole', async () => {
      const payload = 'A'.repeat(2_800_000);
      const rows = Array.from({ length: 12 }, () => deadLetterRow({ device_id: 'large', payload }));
      await storage.write('dead_letters', rows);
      const statement = `SELECT sum(length(payload)) FROM iot.dead_letters WHERE device_id = 'large'`;
      expect(Number(await one(statement))).toBe(12 * payload.length);
    });

    test.each([
      ['value is undefined', { value: undefined }],
      ['value is null', { value: null }],
      ['value is Infinity', { value: Infinity }],
      ['value is "21"', { value: '21' }],
      ['timestamp is 1.5', { timestamp: 1.5 }],
      ['timestamp is NaN', { timestamp: NaN }],
      ['timestamp is -2208988800001', { timestamp: Date.UTC(1900, 0, 1) - 1 }],
      ['timestamp is 10413792000000', { timestamp: Date.UTC(2300, 0, 1) }],
      ['device_id is 7', { device_id: 7 }],
      ['message_id is undefined', { message_id: undefined }],
    ])('one bad row refuses the batch and names itself: %s', async (words, change) => {
      const good = scalarRow({ device_id: 'refused' });
      const bad = { ...scalarRow({ device_id: 'refused' }), ...change } as unknown as typeof good;
      await expect(storage.write('sensor_temperature', [good, good, bad])).rejects.toMatchObject({
        code: 'E_STORAGE_REJECTED',
        retryable: false,
        message: expect.stringContaining(`row 2 for sensor_temperature: ${words}`) as string,
      });
      expect(await count('sensor_temperature', 'refused')).toBe(0);
      expect(storage.health!()).toEqual({ ok: true });
    });

    test('a table that does not exist is refused by name', async () => {
      const writing = storage.write('sensor_colour' as 'sensor_temperature', [scalarRow()]);
      await expect(writing).rejects.toMatchObject({
        code: 'E_STORAGE_REJECTED',
        message: expect.stringContaining("no table 'sensor_colour'") as string,
      });
    });

    test('a write that was given up before it began writes nothing', async () => {
      const signal = AbortSignal.abort();
      const writing = storage.write('sensor_temperature', [scalarRow({ device_id: 'given-up' })], { signal });
      await expect(writing).rejects.toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
      expect(await count('sensor_temperature', 'given-up')).toBe(0);
    });
  });
}
