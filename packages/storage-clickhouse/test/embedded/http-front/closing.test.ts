import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { defaultContext } from '@louver/core';
import { expect, test } from 'vitest';
import { clickhouseHttp, embeddedClickhouse } from '../../../src/embedded/index.js';
import { tempFolder } from '../../support/temp-folder.js';
import { countEngineCalls } from './engine-calls.js';

const folder = tempFolder();

test('closing ends what readers ask for, and the storage closes after it without waiting for their limit', async () => {
  const storage = embeddedClickhouse({ path: join(folder, 'data'), fsync: false });
  await storage.open(defaultContext());
  const { server, close } = clickhouseHttp(storage, { limits: { timeoutMs: 600_000 } });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?enable_http_compression=0`;
  const post = (body: string) => fetch(url, { method: 'POST', body });

  const calls = countEngineCalls();
  const stream = await post('SELECT number FROM numbers(100000000000) FORMAT RowBinary');
  const reader = stream.body!.getReader();
  expect((await reader.read()).value!.length).toBeGreaterThan(0);
  const waiting = Array.from({ length: 12 }, () =>
    post('SELECT sum(sipHash64(number)) FROM numbers(10000000000000) FORMAT JSON').then(
      () => 'answered',
      () => 'cut',
    ),
  );
  await expect.poll(() => calls.last, { timeout: 30_000 }).toMatch(/^\/\* louver reader \S+ \*\/ SELECT sum/);
  await close();
  await storage.close();
  expect(await Promise.all(waiting)).toEqual(Array(12).fill('cut'));
  await expect(
    (async () => {
      while (!(await reader.read()).done);
    })(),
  ).rejects.toThrow();

  calls.restore();
  // Nothing holds the directory.
  await storage.open(defaultContext());
  await storage.close();
});
