import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultContext } from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClickhouseStorage } from '../../src/index.js';
import type { Harness, StartHarness } from '../support/harness.js';
import { audioRow, deviceRow, quantityRow, scalarRow, T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

export function exportSuite(start: StartHarness): void {
  describe('export', () => {
    const folder = tempFolder();
    const files = tempFolder();
    let harness: Harness;
    let storage: ClickhouseStorage;
    let number = 0;
    const newFile = (format: string): string => join(files, `${++number}.${format}`);

    beforeAll(async () => {
      harness = await start(folder);
      storage = harness.storage();
      await storage.open(defaultContext());
      await storage.write('sensor_scalar', [
        quantityRow({ device_id: 'b', message_id: 'm2', timestamp: T0 + 1, value: 1.5 }),
        quantityRow({ device_id: 'a,\'"\n', message_id: 'm1', quantity: 'pm25', value: NaN, time_source: 'server' }),
      ]);
    });
    afterAll(async () => {
      await storage.close();
      await harness.close();
    });

    test('CSV: every column by its name, times in UTC, texts as they are', async () => {
      const file = newFile('csv');
      let counted: number | undefined;
      await storage.exportTable('sensor_scalar', { format: 'csv', file }, (rows) => (counted = rows));
      expect(counted).toBe(2);
      expect(await readFile(file, 'utf8')).toBe(
        '"timestamp","device_id","quantity","value","message_id","received_at","time_source","device_timestamp"\n' +
          '"2025-10-24T12:00:00.123Z","a,\'""\n","pm25",nan,"m1","2025-10-24T12:00:00.163Z","server","2025-10-24T12:00:00.123Z"\n' +
          '"2025-10-24T12:00:00.124Z","b","co2",1.5,"m2","2025-10-24T12:00:00.163Z","device","2025-10-24T12:00:00.123Z"\n',
      );
    });

    test('Parquet: the same, with types', async () => {
      const file = newFile('parquet');
      await storage.exportTable('sensor_scalar', { format: 'parquet', file }, undefined);
      const types = await harness.sql(`DESCRIBE file('${file}')`);
      expect(types.map(({ name, type }) => `${String(name)} ${String(type)}`)).toEqual([
        "timestamp DateTime64(3, 'UTC')",
        'device_id String',
        'quantity String',
        'value Float64',
        'message_id String',
        "received_at DateTime64(3, 'UTC')",
        'time_source String',
        'device_timestamp String',
      ]);
      const rows = await harness.sql(
        `SELECT device_id, isNaN(value) AS unknown, toUnixTimestamp64Milli(timestamp) AS ms FROM file('${file}') ORDER BY ms`,
      );
      expect(rows.map(({ device_id: id, unknown, ms }) => [id, Boolean(unknown), Number(ms)])).toEqual([
        ['a,\'"\n', true, T0],
        ['b', false, T0 + 1],
      ]);
    });

    test('of a device and a time only, bounds inclusive; nothing is a file too', async () => {
      const lines = async (query: object): Promise<number> => {
        const file = newFile('csv');
        await storage.exportTable('sensor_temperature', { format: 'csv', file, ...query });
        return (await readFile(file, 'utf8')).split('\n').length - 1;
      };
      expect(await lines({ deviceId: 'nobody' })).toBe(1);
      await storage.write(
        'sensor_temperature',
        [0, 1, 2, 3].map((i) => scalarRow({ device_id: i === 3 ? 'x' : "o'k", timestamp: T0 + i })),
      );
      expect(await lines({ deviceId: "o'k" })).toBe(1 + 3);
      expect(await lines({ fromMs: T0 + 1, toMs: T0 + 2 })).toBe(1 + 2);
      expect(await lines({ fromMs: T0 + 1 })).toBe(1 + 3);
    });

    test('a device comes once, a recording with its features', async () => {
      await storage.write('device_registry', [deviceRow({ name: 'before' })]);
      await storage.write('device_registry', [deviceRow({ name: 'after', last_seen: T0 + 1 })]);
      await storage.write('sensor_audio', [audioRow()]);
      const [devices, recordings] = [newFile('csv'), newFile('csv')];
      await storage.exportTable('device_registry', { format: 'csv', file: devices });
      await storage.exportTable('sensor_audio', { format: 'csv', file: recordings });
      expect(await readFile(devices, 'utf8')).toMatch(/^"device_id"[^\n]*\n"dev","after"[^\n]*\n$/);
      expect(await readFile(recordings, 'utf8')).toContain('"{""recipe"":""r"",""values"":{""rms_mean"":0.25}}"');
    });

    test('a file that is there is left alone, and so is a folder that is not', async () => {
      const file = newFile('csv');
      await writeFile(file, 'mine');
      await expect(storage.exportTable('sensor_scalar', { format: 'csv', file })).rejects.toThrow(
        /^E_CONFIG: .*\.csv exists already, expected a new file/,
      );
      expect(await readFile(file, 'utf8')).toBe('mine');
      const nowhere = join(files, 'no', 'where.csv');
      await expect(storage.exportTable('sensor_scalar', { format: 'csv', file: nowhere })).rejects.toThrow(
        /^E_CONFIG: .*where\.csv.* cannot be written: ENOENT/,
      );
      await expect(
        storage.exportTable('x' as 'sensor_scalar', { format: 'csv', file: newFile('csv') }),
      ).rejects.toThrow(/there is no table 'x'/);
    });

    test('what fails leaves no file', async () => {
      await harness.sql('RENAME TABLE iot.window_states TO iot.elsewhere');
      const file = newFile('csv');
      await expect(storage.exportTable('window_states', { format: 'csv', file })).rejects.toMatchObject({
        code: 'E_STORAGE_UNAVAILABLE',
      });
      await harness.sql('RENAME TABLE iot.elsewhere TO iot.window_states');
      expect((await readdir(files)).filter((name) => name.startsWith(`${number}.`))).toEqual([]);
    });

    test('a name full of quotes is a name', async () => {
      const file = join(files, 'it\'s \\ "quoted".csv');
      await storage.exportTable('sensor_scalar', { format: 'csv', file });
      expect((await readFile(file, 'utf8')).length).toBeGreaterThan(100);
    });
  });
}
