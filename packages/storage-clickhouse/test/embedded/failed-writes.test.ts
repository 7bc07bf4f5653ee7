import { join } from 'node:path';
import { defaultContext, type Context } from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { Session } from 'chdb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { embeddedClickhouse, type EmbeddedStorage } from '../../src/embedded/index.js';
import { whileWritesFail, withoutFailingWrites } from '../support/failing-writes.js';
import { scalarRow, T0 } from '../support/rows.js';
import { smallDisk, withoutSmallDisk } from '../support/small-disk.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = tempFolder();
let folders = 0;

interface Rig {
  readonly path: string;
  readonly storage: EmbeddedStorage;
  /** Past the storage. */
  sql(statement: string): Promise<string>;
  close(): Promise<void>;
}

async function opened(context: Context = defaultContext(), path = join(folder, String(++folders))): Promise<Rig> {
  const storage = embeddedClickhouse({ path, fsync: false });
  await storage.open(context);
  const session = new Session(path);
  const sql = async (statement: string): Promise<string> => {
    try {
      return (await session.queryAsync(statement, { format: 'TSV' })).text().trim();
    } finally {
      // Has the tables in use, until then, of a question that failed.
      await session.queryAsync('SELECT 1');
    }
  };
  const close = (): Promise<void> => {
    session.close();
    return storage.close();
  };
  onTestFinished(close);
  return { path, storage, sql, close };
}

const row = (n: number) => scalarRow({ device_id: `d${n}`, timestamp: T0 + n, value: n, message_id: `m${n}` });
const keyOf = (n: number) => ({ deviceId: `d${n}`, fromMs: T0 + n, toMs: T0 + n, id: `m${n}` });

/** Three parts, and a merge of each table that came to nothing but an empty part. */
async function mergedInVain({ storage, sql }: Rig): Promise<void> {
  for (const n of [1, 2, 3]) await storage.write('sensor_temperature', [row(n)]);
  await whileWritesFail(async () => {
    for (const table of ['sensor_temperature', 'device_latest']) await sql(`OPTIMIZE TABLE iot.${table} FINAL`);
  });
}

async function valuesOf(storage: EmbeddedStorage): Promise<readonly number[]> {
  const latest = await storage.reader.latest();
  return latest.map(({ value }) => value).sort();
}

describe.skipIf(withoutFailingWrites !== '')(
  `the engine says nothing of writes that fail${withoutFailingWrites}`,
  () => {
    test.each([0, 16, 64, 256])(
      'an insert with files of %i bytes is refused all the same, leaves nothing behind, and is stored by the next attempt',
      async (bytes) => {
        const { storage, sql } = await opened();
        await storage.write('sensor_temperature', [row(1)]);
        const refused = whileWritesFail(() => storage.write('sensor_temperature', [row(2)]), bytes);
        await expect(refused).rejects.toMatchObject({
          code: 'E_STORAGE_UNAVAILABLE',
          retryable: true,
          message: expect.stringMatching(
            /writing sensor_temperature failed at .*: a write to the disk failed/,
          ) as string,
        });
        expect(storage.health!()).toMatchObject({ ok: false });
        expect(await storage.present!('sensor_temperature', [keyOf(1), keyOf(2)])).toEqual([true, false]);
        await storage.write('sensor_temperature', [row(2)]);
        expect(await sql('SELECT value FROM iot.sensor_temperature ORDER BY value')).toBe('1\n2');
        expect(await valuesOf(storage)).toEqual([1, 2]);
        expect(storage.health!()).toEqual({ ok: true });
      },
    );

    test('after a merge the rows that it was made of are there again once a read has failed', async () => {
      const rig = await opened();
      await mergedInVain(rig);
      await expect(rig.sql('SELECT message_id FROM iot.sensor_temperature')).rejects.toThrow(/must be/);
      const { storage } = rig;
      const keys = [1, 2, 3].map(keyOf);
      const lookUp = () => storage.present!('sensor_temperature', keys).catch(() => 'failed' as const);
      expect(await lookUp()).toBe('failed');
      await expect.poll(lookUp).toEqual([true, true, true]);
      expect(await valuesOf(storage)).toEqual([1, 2, 3]);
    });

    test('after a merge they are there again within five seconds though nobody reads or writes', async () => {
      const clock = manualClock(T0);
      const rig = await opened({ ...defaultContext(), clock });
      await mergedInVain(rig);
      const found = () => rig.sql('SELECT message_id FROM iot.sensor_temperature ORDER BY value').catch(() => 'failed');
      expect(await found()).toBe('failed');
      await clock.advance(5_000);
      await expect.poll(found).toBe('m1\nm2\nm3');
    });

    test('after a merge they are there again at the next start', async () => {
      const rig = await opened();
      await mergedInVain(rig);
      await rig.close();
      const { storage } = await opened(undefined, rig.path);
      expect(await storage.present!('sensor_temperature', [1, 2, 3].map(keyOf))).toEqual([true, true, true]);
      expect(await valuesOf(storage)).toEqual([1, 2, 3]);
    });

    test('while somebody has a table in use nothing is known of it, and everything is there again afterwards', async () => {
      const rig = await opened();
      await mergedInVain(rig);
      const { storage, path } = rig;
      const reader = new Session(path);
      await expect(reader.queryAsync('SELECT message_id FROM iot.sensor_temperature')).rejects.toThrow(/must be/);
      for (let attempt = 0; attempt < 3; attempt++)
        await expect(storage.write('sensor_temperature', [row(4)])).rejects.toMatchObject({ retryable: true });
      reader.close();
      const keys = [1, 2, 3, 4].map(keyOf);
      const lookUp = () => storage.present!('sensor_temperature', keys).catch(() => []);
      // The first attempt wrote it; that it did could not be told.
      await expect.poll(lookUp).toEqual([true, true, true, true]);
      expect(await rig.sql('SELECT count() FROM iot.sensor_temperature')).toBe('4');
      expect(await valuesOf(storage)).toEqual([1, 2, 3, 4]);
    });

    test('an export is refused', async () => {
      const { storage } = await opened();
      await storage.write('sensor_temperature', [row(1)]);
      const file = join(folder, 'rows.parquet');
      const refused = whileWritesFail(() => storage.exportTable('sensor_temperature', { format: 'parquet', file }));
      await expect(refused).rejects.toMatchObject({
        code: 'E_STORAGE_UNAVAILABLE',
        message: expect.stringMatching(/a write to the disk failed/) as string,
      });
    });
  },
);

test.skipIf(withoutSmallDisk !== '')(`no table is changed on a full disk${withoutSmallDisk}`, async () => {
  const disk = smallDisk(64);
  onTestFinished(() => disk.remove());
  const path = join(disk.path, 'data');
  const before = await opened(undefined, path);
  await before.storage.write('sensor_temperature', [row(1)]);
  await before.close();
  const storage = embeddedClickhouse({ path, fsync: false, retention: { readingsMs: 86_400_000 * 3_000 } });
  onTestFinished(() => storage.close());
  disk.fill();
  await expect(storage.open(defaultContext())).rejects.toMatchObject({
    code: 'E_STORAGE_UNAVAILABLE',
    retryable: true,
    message: expect.stringMatching(/ClickHouse's disk is full, opening failed at .* bytes are free/) as string,
  });
  disk.free();
  await storage.open(defaultContext());
  expect(await valuesOf(storage)).toEqual([1]);
});
