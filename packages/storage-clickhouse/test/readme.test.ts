import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundle } from './support/in-another-process.js';
import { scalarRow } from './support/rows.js';
import { tempFolder } from './support/temp-folder.js';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const folder = tempFolder();
const [, reading] = /## Reading back[^`]*(?:`[^`]+`[^`]*)*?```ts\n(.*?)```/s.exec(readme)!;

const DAY = 86_400_000;
const row = scalarRow({ device_id: 'esp32-01', timestamp: Date.UTC(2026, 0, 2, 5, 30), value: 20.5 });

/** The README's example over a database with one reading, an action and a recording in that week. */
const run = await bundle(`
  import { defaultContext } from '@louver/core';
  import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
  import { actionRow, audioRow } from './rows.js';
  process.chdir(process.argv[2]);
  const storage = embeddedClickhouse({ path: './database' });
  await storage.open(defaultContext());
  const at = { device_id: 'esp32-01', timestamp: ${row.timestamp + DAY} };
  await storage.write('sensor_temperature', [${JSON.stringify(row)}]);
  await storage.write('window_actions', [actionRow(at)]);
  await storage.write('sensor_audio', [audioRow(at)]);
  ${reading}
  await storage.close();
  console.log('end');
`);

test('the example for reading back does what it says', async () => {
  const { lines } = run(folder);
  const printed: string[] = [];
  for await (const line of lines) {
    printed.push(line);
    if (line === 'end') break;
  }
  const buckets = printed.filter((line) => line.startsWith('2026-'));
  expect(buckets).toHaveLength(7 * 24);
  expect(buckets[29]).toBe('2026-01-02T05:00:00.000Z 20.5 1');
  expect(buckets[28]).toBe('2026-01-02T04:00:00.000Z NaN 0');
  expect(buckets[30]).toBe('2026-01-02T06:00:00.000Z 20.5 0');
  expect(printed.slice(7 * 24)).toEqual([`${row.timestamp + DAY} 0.25 NaN`, '1', 'end']);
  expect(existsSync(join(folder, 'week.parquet'))).toBe(true);
});
