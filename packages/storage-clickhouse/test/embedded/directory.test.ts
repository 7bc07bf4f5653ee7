import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultContext } from '@louver/core';
import { expect, test } from 'vitest';
import { embeddedClickhouse } from '../../src/embedded/index.js';
import { bundle } from '../support/in-another-process.js';
import { scalarRow } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = tempFolder();
const locks = async (path: string): Promise<string[]> => (await readdir(path)).filter((name) => name.includes('lock'));

const opener = await bundle(`
  import { defaultContext } from '@louver/core';
  import { embeddedClickhouse } from '../../src/embedded/index.js';
  const storage = embeddedClickhouse({ path: process.argv[2] });
  storage.open(defaultContext()).then(() => console.log('open'), (error) => console.log(error.message));
  setInterval(() => {}, 1000);
`);

const foreign = await bundle(`
  import { Session } from 'chdb';
  const session = new Session(process.argv[2]);
  console.log('open');
  setInterval(() => session.open, 1000);
`);

test('another process has the directory: the error names both, nothing goes to stderr; after SIGKILL it is free', async () => {
  const path = join(folder, 'shared');
  const holder = opener(path);
  expect(await holder.says()).toBe('open');
  const storage = embeddedClickhouse({ path });
  await expect(storage.open(defaultContext())).rejects.toMatchObject({
    code: 'E_STORAGE_LOCKED',
    retryable: false,
    message: expect.stringMatching(new RegExp(`${path} is in use by process ${holder.child.pid}\\b`)) as string,
  });
  const second = opener(path);
  let stderr = '';
  second.child.stderr!.on('data', (data: Buffer) => (stderr += data.toString()));
  expect(await second.says()).toMatch(/^E_STORAGE_LOCKED: /);
  await second.kill();
  expect(stderr).toBe('');

  await holder.kill();
  await storage.open(defaultContext());
  await storage.close();
  expect(await locks(path)).toEqual([]);
});

test('twice in one process is refused, and free again after close', async () => {
  const path = join(folder, 'twice');
  const first = embeddedClickhouse({ path });
  const second = embeddedClickhouse({ path });
  await first.open(defaultContext());
  await expect(second.open(defaultContext())).rejects.toThrow(/^E_STORAGE_LOCKED: .*this process/);
  expect(second.health!()).toMatchObject({ ok: false });
  await first.close();
  await first.close();
  await second.open(defaultContext());
  await second.close();
});

test('a chdb of another program has the directory: the error names its process', async () => {
  const path = join(folder, 'others');
  const other = foreign(path);
  expect(await other.says()).toBe('open');
  const storage = embeddedClickhouse({ path });
  await expect(storage.open(defaultContext())).rejects.toThrow(
    new RegExp(`^E_STORAGE_LOCKED: .*others is in use by process ${other.child.pid}, another program`),
  );
  expect(await locks(path)).toEqual([]);
  await other.kill();
  await storage.open(defaultContext());
  await storage.close();
});

test('a second directory in one process is refused with the reason, and leaves no lock', async () => {
  const first = embeddedClickhouse({ path: join(folder, 'one') });
  const second = embeddedClickhouse({ path: join(folder, 'two') });
  await first.open(defaultContext());
  await expect(second.open(defaultContext())).rejects.toThrow(
    /^E_CONFIG: embedded ClickHouse does not open .*two: .*only one|one .*data directory/,
  );
  expect(await locks(join(folder, 'two'))).toEqual([]);
  await first.close();
  await second.open(defaultContext());
  await second.close();
});

test('rows and latest values are there after closing and opening', async () => {
  const storage = embeddedClickhouse({ path: join(folder, 'reopened') });
  const context = defaultContext();
  await storage.open(context);
  await storage.write('sensor_temperature', [scalarRow({ value: 19 })]);
  await storage.close();
  await expect(storage.reader!.latest()).rejects.toMatchObject({ code: 'E_NOT_OPEN' });
  await storage.open(context);
  expect(await storage.reader!.latest()).toMatchObject([{ value: 19 }]);
  await storage.close();
});

test('a path that cannot be a directory is refused by name', async () => {
  const path = join(folder, 'file');
  await writeFile(path, '');
  const storage = embeddedClickhouse({ path: join(path, 'below') });
  await expect(storage.open(defaultContext())).rejects.toThrow(/^E_CONFIG: data directory .*below cannot be written/);
  expect(() => embeddedClickhouse({ path: '', database: '1' })).toThrow(
    /^E_CONFIG: embeddedClickhouse: path is "".*database is "1"/,
  );
});
