import { defaultContext, fillGaps, type HistoryBucket, type StorageAdapter, type StorageReader } from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Harness, StartHarness } from '../support/harness.js';
import { audioRow, deviceRow, quantityRow, scalarRow, T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

const MINUTE = 60_000;

async function all<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const batch of batches) found.push(...batch);
  return found;
}

export function streamSuite(start: StartHarness): void {
  describe('streams', () => {
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

    describe('history', () => {
      const begin = Math.floor(T0 / MINUTE) * MINUTE;
      const range = { deviceId: 'h', fromMs: begin, toMs: begin + 4 * MINUTE - 1, intervalMs: MINUTE } as const;

      beforeAll(async () => {
        const at = (ms: number, value: number, received_at = begin): ReturnType<typeof scalarRow> =>
          scalarRow({ device_id: 'h', timestamp: begin + ms, value, received_at });
        await storage.write('sensor_temperature', [
          at(0, 1),
          at(20_000, 5),
          at(59_999, 3),
          // Received later, and so what counts of this millisecond.
          at(2 * MINUTE, 9, begin + 2),
          at(2 * MINUTE, -7, begin + 1),
          scalarRow({ device_id: 'other', timestamp: begin, value: 1000 }),
        ]);
        await storage.write('sensor_scalar', [
          quantityRow({ device_id: 'h', timestamp: begin, quantity: 'co2', value: 400 }),
          quantityRow({ device_id: 'h', timestamp: begin, quantity: 'pm25', value: 4 }),
        ]);
      });

      test.each([
        ['mean', 3, 1],
        ['min', 1, -7],
        ['max', 5, 9],
        ['count', 3, 2],
        ['last', 3, 9],
      ] as const)('%s', async (aggregation, first, third) => {
        expect(await all(reader.history('temperature', { ...range, aggregation }))).toEqual([
          { timestampMs: begin, value: first, count: 3 },
          { timestampMs: begin + 2 * MINUTE, value: third, count: 2 },
        ]);
      });

      test('bounds are inclusive, buckets begin at multiples of the interval, quantities are kept apart', async () => {
        const query = { ...range, fromMs: begin + 1, toMs: begin + 2 * MINUTE, aggregation: 'count' } as const;
        expect(await all(reader.history('temperature', query))).toEqual([
          { timestampMs: begin, value: 2, count: 2 },
          { timestampMs: begin + 2 * MINUTE, value: 2, count: 2 },
        ]);
        expect(await all(reader.history('co2', { ...range, aggregation: 'mean' }))).toEqual([
          { timestampMs: begin, value: 400, count: 1 },
        ]);
        expect(await all(reader.history('temperature', { ...query, deviceId: 'nobody' }))).toEqual([]);
      });

      test('before 1970 too', async () => {
        await storage.write('sensor_humidity', [scalarRow({ device_id: 'h', timestamp: -1, value: 2 })]);
        const query = { deviceId: 'h', fromMs: -MINUTE, toMs: 0, intervalMs: MINUTE, aggregation: 'mean' } as const;
        expect(await all(reader.history('humidity', query))).toEqual([{ timestampMs: -MINUTE, value: 2, count: 1 }]);
      });

      test('gaps are filled as one wants them', async () => {
        const query = { ...range, aggregation: 'mean' } as const;
        const filled = (gaps: 'nan' | 'previous'): Promise<HistoryBucket[]> =>
          all(fillGaps(reader.history('temperature', query), query, gaps));
        expect((await filled('nan')).map(({ value }) => value)).toEqual([3, NaN, 1, NaN]);
        expect((await filled('previous')).map(({ value }) => value)).toEqual([3, 3, 1, 1]);
        expect((await filled('previous')).map(({ count }) => count)).toEqual([3, 0, 2, 0]);
      });

      test('what cannot be asked is refused in words', async () => {
        await expect(all(reader.history('co2', { ...range, aggregation: 'mean', intervalMs: 0 }))).rejects.toThrow(
          /^E_CONFIG: intervalMs is 0, expected an integer from 1/,
        );
        await expect(all(reader.history('co2', { ...range, aggregation: 'median' as 'mean' }))).rejects.toThrow(
          /aggregation is "median", expected one of mean, min, max, count, last/,
        );
      });
    });

    test('audio features come as the columns that are asked for', async () => {
      const features = (values: object, bands: readonly number[] = []): string =>
        JSON.stringify({ recipe: 'r1', values, mel_db_mean: bands });
      await storage.write('sensor_audio', [
        audioRow({ device_id: 'f', timestamp: T0 + 1, features: '{"error":"E_FEATURES"}', audio_hash: 'b' }),
        audioRow({ device_id: 'f', features: features({ rms_mean: 0.25, "o'dd": -1 }, [-80, -12.5]), audio_hash: 'a' }),
      ]);
      const columns = ['mel_db_mean_2', 'rms_mean', 'no_such', "o'dd", 'mel_db_mean_3'];
      expect(await all(reader.features({ deviceId: 'f', columns }))).toEqual([
        { timestampMs: T0, audioHash: 'a', recipe: 'r1', values: Float64Array.of(-12.5, 0.25, NaN, -1, NaN) },
        { timestampMs: T0 + 1, audioHash: 'b', recipe: '', values: new Float64Array(5).fill(NaN) },
      ]);
      expect(await all(reader.features({ deviceId: 'f', columns: [], fromMs: T0 + 1 }))).toHaveLength(1);
    });

    test('rows come back as they were written, device after device', async () => {
      const rows = [
        quantityRow({ device_id: 'r-b', quantity: 'co2', timestamp: T0 + 1, value: NaN }),
        quantityRow({ device_id: 'r-b', quantity: 'co2', timestamp: T0 + 2, value: 1e308 }),
        quantityRow({ device_id: 'r-b', quantity: 'pm25', timestamp: T0, value: -0.1 }),
      ];
      const other = quantityRow({ device_id: "r-a'\n", timestamp: T0 + 3 });
      await storage.write('sensor_scalar', [...rows.toReversed(), other]);
      expect(await all(reader.rows('sensor_scalar', { deviceId: 'r-b' }))).toEqual(rows);
      expect(await all(reader.rows('sensor_scalar', { deviceId: 'r-b', fromMs: T0 + 2, toMs: T0 + 2 }))).toEqual([
        rows[1],
      ]);
      const everything = await all(reader.rows('sensor_scalar', { fromMs: T0 + 1 }));
      expect(everything.filter(({ device_id: id }) => id.startsWith('r-'))).toEqual([other, rows[0], rows[1]]);
    });

    test('a device comes once, as it was written last', async () => {
      const before = deviceRow({ device_id: 'twice' });
      const after = { ...before, name: 'Hall', last_seen: T0 + 1 };
      await storage.write('device_registry', [before]);
      await storage.write('device_registry', [after]);
      expect(await all(reader.rows('device_registry', { deviceId: 'twice' }))).toEqual([after]);
    });

    test('many rows come in many batches, all of them; whoever stops early ends the question', async () => {
      const COUNT = 150_000;
      for (let first = 0; first < COUNT; first += 50_000) {
        const rows = Array.from({ length: 50_000 }, (_, i) =>
          scalarRow({ device_id: 'many', timestamp: T0 + first + i, value: first + i }),
        );
        await storage.write('sensor_humidity', rows);
      }
      let next = 0;
      for await (const batch of reader.rows('sensor_humidity', { deviceId: 'many' })) {
        expect(batch.length).toBeLessThanOrEqual(1000);
        for (const { value } of batch) if (value !== next++) throw new Error(`found ${value}, expected ${next - 1}`);
      }
      expect(next).toBe(COUNT);
      for await (const batch of reader.rows('sensor_humidity', { deviceId: 'many' })) {
        expect(batch[0]?.value).toBe(0);
        // In the middle of the stream another question is answered.
        expect((await reader.latest('many'))[0]?.value).toBe(COUNT - 1);
        break;
      }
      await storage.write('sensor_humidity', [scalarRow({ device_id: 'many', timestamp: T0 - 1 })]);
    });

    test('closing ends a stream that nobody reads on', async () => {
      const batches = reader.rows('sensor_humidity', { deviceId: 'many' })[Symbol.asyncIterator]();
      expect((await batches.next()).done).toBe(false);
      await storage.close();
      const readOn = async (): Promise<void> => {
        while ((await batches.next()).done !== true);
      };
      await expect(readOn()).rejects.toMatchObject({ name: 'LouverError', code: 'E_NOT_OPEN' });
      await storage.open(defaultContext());
      expect((await reader.latest('many'))[0]?.value).toBe(149_999);
    });
  });
}
