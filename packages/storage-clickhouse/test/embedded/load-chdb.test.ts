import { expect, test } from 'vitest';
import { loadChdb } from '../../src/embedded/load-chdb.js';

test('without chdb the error names what to install', async () => {
  const name = 'chdb-is-not-here';
  await expect(loadChdb(() => import(name) as never)).rejects.toMatchObject({
    code: 'E_CONFIG',
    message: expect.stringContaining("the package 'chdb' is not installed; run: npm install chdb") as string,
  });
});

test('without the library of this platform the error names its package', async () => {
  const missing = Object.assign(new Error('chdb: no native binding'), { code: 'CHDB_PLATFORM' });
  const error: unknown = await loadChdb(() => Promise.reject(missing)).catch((caught: unknown) => caught);
  expect(String(error)).toMatch(/E_CONFIG: .*(npm install @chdb\/lib-|use a ClickHouse server)/);
});
