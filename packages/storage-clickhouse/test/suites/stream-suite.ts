import { defaultContext, fillGaps, type HistoryBucket, type StorageAdapter, type StorageReader } from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Harness, StartHarness } from '../support/harness.js';
import { scalarRow, T0 } from '../support/rows.js';
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
        const at = (ms: number, value: number): ReturnType<typeof scalarRow> =>
          scalarRow({ device_id: 'h', timestamp: begin + ms, value });
        await storage.write('sensor_temperature', [
          at(0, 1),
          at(20_000, 5),
          at(59_999, 3),
          at(2 * MINUTE, 9),
          at(2 * MINUTE, -7),
        ]);
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
