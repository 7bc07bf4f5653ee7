import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireLockFile } from '../src/lock.js';

let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-lock-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** A process that tries to get the lock, prints `held` or the error's code, and then lives on. */
async function contender(): Promise<{ child: ChildProcess; said: Promise<string> }> {
  const script = join(folder, 'contender.mjs');
  await build({
    stdin: {
      contents: `import { acquireLockFile } from './lock.js';
        acquireLockFile(process.argv[2]).then(() => console.log('held'), (e) => console.log(e.message));
        setInterval(() => {}, 1000);`,
      resolveDir: join(import.meta.dirname, '../src'),
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
  });
  const child = spawn(process.execPath, [script, join(folder, 'lock')], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const said = once(createInterface({ input: child.stdout }), 'line').then(([line]) => line as string);
  return { child, said };
}

test('is held once, and free again after release', async () => {
  const lock = await acquireLockFile(join(folder, 'lock'));
  await expect(acquireLockFile(join(folder, 'lock'), { code: 'E_STORAGE_LOCKED' })).rejects.toMatchObject({
    code: 'E_STORAGE_LOCKED',
    message: expect.stringContaining(folder) as string,
  });
  await lock.release();
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
  await (await acquireLockFile(join(folder, 'lock'))).release();
});

test('another process has it: the error names the folder and the process; after SIGKILL it is free', async () => {
  const { child, said } = await contender();
  expect(await said).toBe('held');
  await expect(acquireLockFile(join(folder, 'lock'))).rejects.toThrow(
    new RegExp(`^E_JOURNAL_LOCKED: ${folder} is in use by process ${child.pid}\\.`),
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  await (await acquireLockFile(join(folder, 'lock'))).release();
});

test('a process id that is used again does not keep a dead lock', async () => {
  await writeFile(join(folder, `lock.${process.pid}-1-0123456789ab-0123456789ab`), '');
  await (await acquireLockFile(join(folder, 'lock'))).release();
  expect(await readdir(folder)).toEqual([]);
});

test('of several parts that race for a dead lock, exactly one gets it', async () => {
  for (let round = 0; round < 20; round++) {
    await writeFile(join(folder, `lock.${process.pid}-1-0123456789ab-0123456789ab`), '');
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLockFile(join(folder, 'lock'))));
    const winners = results.filter((result) => result.status === 'fulfilled');
    expect(winners.length).toBe(1);
    await winners[0]!.value.release();
  }
});

test('of several processes that race, exactly one gets it', async () => {
  const said = await Promise.all(Array.from({ length: 4 }, async () => (await contender()).said.then((line) => line)));
  expect(said.filter((line) => line === 'held').length).toBe(1);
});
