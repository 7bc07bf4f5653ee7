import { once } from 'node:events';
import { join } from 'node:path';
import { defaultContext } from '@louver/core';
import { expect, test } from 'vitest';
import { embeddedClickhouse } from '../../src/embedded/index.js';
import { bundle } from '../support/in-another-process.js';
import { T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = tempFolder();

/** Writes batches of 10 rows without end and prints the number of each once its promise resolved. */
const writer = await bundle(`
  import { defaultContext } from '@louver/core';
  import { embeddedClickhouse } from '../../src/embedded/index.js';
  import { scalarRow, T0 } from './rows.js';
  const [path, start] = [process.argv[2], Number(process.argv[3])];
  const storage = embeddedClickhouse({ path });
  await storage.open(defaultContext());
  for (let batch = start; ; batch++) {
    const rows = Array.from({ length: 10 }, (_, i) => scalarRow({ timestamp: T0 + batch, message_id: batch + '-' + i }));
    await storage.write('sensor_temperature', rows);
    console.log(batch);
  }
`);

test('what was resolved is there after kill -9, and lookup tells the rest exactly', async () => {
  const path = join(folder, 'killed');
  let next = 0;
  const resolved: number[] = [];
  for (const batches of [3, 17, 41]) {
    const { child, lines, kill } = writer(path, String(next));
    const enough = new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        resolved.push(Number(line));
        if (Number(line) >= next + batches) resolve();
      });
      void once(child, 'exit').then(() => reject(new Error(`ended early: ${String(child.stderr!.read())}`)));
    });
    await enough;
    await kill();
    next = Math.max(...resolved) + 2;
  }
  const storage = embeddedClickhouse({ path });
  await storage.open(defaultContext());
  const keysOf = (batch: number) =>
    Array.from({ length: 10 }, (_, i) => ({
      deviceId: 'dev',
      fromMs: T0 + batch,
      toMs: T0 + batch,
      id: `${batch}-${i}`,
    }));
  const present = await storage.present!('sensor_temperature', resolved.flatMap(keysOf));
  expect(present).toEqual(resolved.flatMap(() => Array<boolean>(10).fill(true)));
  const stored = await storage.reader!.readings('temperature', { deviceId: 'dev', limit: 100_000 });
  expect(stored.length % 10).toBe(0);
  await storage.close();
});
