import { defaultContext, type RowKey, type StorageAdapter } from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Harness, StartHarness } from '../support/harness.js';
import { actionRow, audioRow, scalarRow, T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

export function lookupSuite(start: StartHarness): void {
  describe('lookup', () => {
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

    const key = (deviceId: string, id: string, atMs = T0): RowKey => ({ deviceId, id, fromMs: atMs, toMs: atMs });

    test('1,500 keys among ten times as many rows of the same devices and times', async () => {
      const all = Array.from({ length: 15_000 }, (_, i) =>
        scalarRow({ device_id: `many-${i % 7}`, timestamp: T0 + (i % 1_000), message_id: `m-${i}` }),
      );
      await storage.write('sensor_scalar', all.map((row) => ({ ...row, quantity: 'co2' }))); // prettier-ignore
      const keys = Array.from({ length: 1_500 }, (_, i) => {
        const row = all[i * 10]!;
        return key(row.device_id, i % 3 === 0 ? `not-${i}` : row.message_id, row.timestamp);
      });
      expect(await storage.present!('sensor_scalar', keys)).toEqual(keys.map((_, i) => i % 3 !== 0));
    });

    test('lists of hashes and devices as long as a query takes', async () => {
      const hash = (i: number): string => String(i).padStart(32, 'a');
      const rows = Array.from({ length: 3_000 }, (_, i) =>
        scalarRow({ device_id: `device-${i}`, message_id: hash(i) }),
      );
      await storage.write('sensor_temperature', rows);
      const weekMs = 7 * 86_400_000;
      const keys = Array.from({ length: 6_000 }, (_, i) => ({
        ...key(`device-${i % 3_000}`, hash(i)),
        fromMs: T0 - weekMs,
      }));
      expect(await storage.present!('sensor_temperature', keys)).toEqual(keys.map((_, i) => i < 3_000));
    });

    test('many keys with ids of any length', async () => {
      const rows = Array.from({ length: 600 }, (_, i) =>
        scalarRow({ device_id: 'long', timestamp: T0 + i, message_id: `${i}-${"é'".repeat(i)}` }),
      );
      await storage.write('sensor_temperature', rows);
      const keys = rows.map((row, i) => key('long', i % 2 === 0 ? row.message_id : `${row.message_id}x`, T0 + i));
      expect(await storage.present!('sensor_temperature', keys)).toEqual(rows.map((_, i) => i % 2 === 0));
    });

    test('a reading that is found is the latest one again, where its insert was cut off before the view', async () => {
      await storage.write('sensor_temperature', [scalarRow({ device_id: 'cut', message_id: 'before', value: 1 })]);
      // What a kill between a table and its view leaves.
      await harness.sql('DETACH TABLE iot.device_latest_temperature');
      const newest = scalarRow({ device_id: 'cut', message_id: 'newest', timestamp: T0 + 5, value: 2 });
      await storage.write('sensor_temperature', [newest]);
      await harness.sql('ATTACH TABLE iot.device_latest_temperature');
      expect(await storage.reader!.latest('cut')).toMatchObject([{ value: 1 }]);
      expect(await storage.present!('sensor_temperature', [key('cut', 'newest', T0 + 5)])).toEqual([true]);
      expect(await storage.reader!.latest('cut')).toMatchObject([{ value: 2, timestampMs: T0 + 5 }]);
    });

    test('and so are an action and a recording', async () => {
      await storage.write('window_actions', [actionRow({ device_id: 'cut', command_id: 'before', position: 1 })]);
      await storage.write('sensor_audio', [audioRow({ device_id: 'cut', message_id: 'before' })]);
      for (const view of ['action', 'recording']) {
        await harness.sql(`DETACH TABLE iot.device_latest_${view}_view`);
      }
      const at = { device_id: 'cut', timestamp: T0 + 5 };
      await storage.write('window_actions', [actionRow({ ...at, command_id: 'newest', position: 2 })]);
      await storage.write('sensor_audio', [audioRow({ ...at, message_id: 'newest', audio_hash: 'two' })]);
      for (const view of ['action', 'recording']) {
        await harness.sql(`ATTACH TABLE iot.device_latest_${view}_view`);
      }
      const newest = async () => ({
        position: (await storage.reader!.lastActions()).find(({ device_id: id }) => id === 'cut')?.position,
        hash: (await storage.reader!.lastRecordings(0)).find(({ deviceId }) => deviceId === 'cut')?.audioHash,
      });
      expect(await newest()).toMatchObject({ position: 1 });
      const cut = [key('cut', 'newest', T0 + 5)];
      expect(await storage.present!('window_actions', cut)).toEqual([true]);
      expect(await storage.present!('sensor_audio', cut)).toEqual([true]);
      expect(await newest()).toEqual({ position: 2, hash: 'two' });
    });
  });
}
