import { defaultContext, type RowKey, type StorageAdapter } from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Harness, StartHarness } from '../support/harness.js';
import { actionRow, audioRow, deadLetterRow, deviceRow, eventRow, scalarRow, T0 } from '../support/rows.js';
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

    test('5,000 keys of 40 devices over two months, every other stored, in any order', async () => {
      const all = Array.from({ length: 5000 }, (_, i) =>
        scalarRow({
          device_id: `dev-${i % 40}`,
          timestamp: T0 + i * 1_000_000,
          message_id: `${'0123456789abcdef'.repeat(4)}-${i}`,
        }),
      );
      await storage.write(
        'sensor_temperature',
        all.filter((_, i) => i % 2 === 0),
      );
      // 7919 is prime: the keys come in an order of their own.
      const order = all.map((_, i) => (i * 7919) % 5000);
      const keys = order.map((i) => key(all[i]!.device_id, all[i]!.message_id, all[i]!.timestamp));
      expect(await storage.present!('sensor_temperature', keys)).toEqual(order.map((i) => i % 2 === 0));
    });

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

    test('keys whose time may be any of a week, among many that have one', async () => {
      const rows = Array.from({ length: 900 }, (_, i) =>
        scalarRow({ device_id: `week-${i % 300}`, timestamp: T0 + i, message_id: `w-${i}` }),
      );
      await storage.write('sensor_humidity', rows);
      const wide = (i: number, id: string): RowKey => ({
        deviceId: `week-${i % 300}`,
        id,
        fromMs: T0 - 6 * 86_400_000,
        toMs: T0 + 86_400_000,
      });
      const keys = rows.flatMap((row, i) => [
        key(row.device_id, row.message_id, row.timestamp),
        key(row.device_id, row.message_id, row.timestamp + 1),
        wide(i, row.message_id),
        wide(i + 1, row.message_id),
      ]);
      const found = await storage.present!('sensor_humidity', keys);
      expect(found).toEqual(rows.flatMap(() => [true, false, true, false]));
    });

    test('hundreds of events of one name, and lists of hashes and devices as long as a query takes', async () => {
      const events = Array.from({ length: 700 }, (_, i) => eventRow({ device_id: 'flaps', timestamp: T0 + 2 * i }));
      await storage.write('device_events', events);
      const eventKeys = Array.from({ length: 1_400 }, (_, i) => key('flaps', 'online', T0 + i));
      expect(await storage.present!('device_events', eventKeys)).toEqual(eventKeys.map((_, i) => i % 2 === 0));

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

    test('device, time range and id all have to fit', async () => {
      await storage.write('sensor_humidity', [scalarRow({ device_id: 'a', message_id: 'm' })]);
      const found = await storage.present!('sensor_humidity', [
        key('a', 'm'),
        key('b', 'm'),
        key('a', 'n'),
        key('a', 'm', T0 + 1),
        key('a', 'm', T0 - 1),
        { deviceId: 'a', id: 'm', fromMs: T0 - 10, toMs: T0 + 10 },
        { deviceId: 'a', id: 'm', fromMs: T0 + 1, toMs: T0 - 1 },
        { deviceId: 'a', id: 'm', fromMs: -Infinity, toMs: Infinity },
        key('a', 'm'),
      ]);
      expect(found).toEqual([true, false, false, false, false, true, false, true, true]);
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

    test('every table is looked up by its own identity', async () => {
      await storage.write('window_actions', [actionRow({ device_id: 'id', command_id: 'c' })]);
      await storage.write('device_events', [eventRow({ device_id: 'id' })]);
      await storage.write('dead_letters', [deadLetterRow({ device_id: '', message_id: 'd' })]);
      await storage.write('device_registry', [deviceRow({ device_id: 'id' })]);
      expect(await storage.present!('window_actions', [key('id', 'c'), key('id', 'd')])).toEqual([true, false]);
      expect(await storage.present!('device_events', [key('id', 'online'), key('id', 'online', T0 + 1)])).toEqual([
        true,
        false,
      ]);
      expect(await storage.present!('dead_letters', [key('', 'd'), key('id', 'd')])).toEqual([true, false]);
      // Written again without harm, so never reported as there.
      expect(await storage.present!('device_registry', [key('id', 'id')])).toEqual([false]);
      expect(await storage.present!('sensor_temperature', [])).toEqual([]);
    });

    test('ids of any content and length', async () => {
      const ids = [`it's`, 'back\\slash', 'tab\tnewline\n', '', '[1,2]', "a','b", 'ü😀', '\ud800', 'x'.repeat(20_000)];
      await storage.write(
        'sensor_humidity',
        ids.map((message_id) => scalarRow({ device_id: `o'k`, message_id })),
      );
      const asked = ids.flatMap((id) => [key(`o'k`, id), key(`o'k`, `${id}?`)]);
      expect(await storage.present!('sensor_humidity', asked)).toEqual(ids.flatMap(() => [true, false]));
    });
  });
}
