// Before anything loads the engine: it takes its own time zone from here. Newfoundland is half an hour off and has summer time.
process.env['TZ'] = 'America/St_Johns';

import { defaultContext } from '@louver/core';
import { Session } from 'chdb';
import { expect, test } from 'vitest';
import { embeddedClickhouse } from '../../src/embedded/index.js';
import { scalarRow } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

const path = tempFolder();

test('times are UTC whatever time zone the engine is in, also where clocks are put back', async () => {
  const session = new Session(path);
  const sql = async (statement: string): Promise<string> =>
    (await session.queryAsync(statement, { format: 'TSV' })).text().trim();
  expect(await sql('SELECT timezone()')).toBe('America/St_Johns');

  const storage = embeddedClickhouse({ path, fsync: false });
  await storage.open(defaultContext());
  // 2025-11-02T04:30Z: 02:00 becomes 01:00 there; every local time of that hour exists twice.
  const times = Array.from({ length: 25 }, (_, i) => Date.UTC(2025, 10, 2, 3) + i * 7 * 60_000 + 7);
  const monthEnd = [Date.UTC(2025, 11, 1) - 1, Date.UTC(2025, 11, 1), Date.UTC(2025, 11, 1, 2, 29, 59, 999)];
  const rows = [...times, ...monthEnd].map((timestamp) => scalarRow({ timestamp, received_at: timestamp + 1 }));
  await storage.write('sensor_temperature', rows);

  const found = await storage.reader!.readings('temperature', { deviceId: 'dev', limit: 100 });
  expect(found.map(({ timestampMs }) => timestampMs)).toEqual([...times, ...monthEnd]);
  expect(await sql(`SELECT toString(max(timestamp), 'UTC') FROM iot.sensor_temperature`)).toBe(
    '2025-12-01 02:29:59.999',
  );
  const keys = rows.map((row) => ({
    deviceId: 'dev',
    fromMs: row.timestamp,
    toMs: row.timestamp,
    id: row.message_id,
  }));
  expect(await storage.present!('sensor_temperature', keys)).toEqual(rows.map(() => true));
  expect(await storage.reader!.newestMs()).toBe(monthEnd[2]);
  await storage.close();
  session.close();
});
