import { mkdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeFiles } from '../../src/recordings/files.js';
import { folder } from '../support/faults.js';
import { START_MS, until } from '../support/rig.js';
import { filesIn, observedContext, openStore, pcmOf, placeOf, recordingOf, sha256Of } from './support.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A file as it is kept, so old. */
async function kept(directory: string, seed: number, ageMs: number, bytes = 64): Promise<string> {
  const hash = sha256Of(pcmOf(seed));
  const path = placeOf(directory, hash);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, new Uint8Array(bytes));
  await utimes(path, (START_MS - ageMs) / 1000, (START_MS - ageMs) / 1000);
  return path.slice(directory.length + 1);
}

/** A context that knows when a sweep is over. */
function sweptContext() {
  const observed = observedContext();
  let sweeps = 0;
  const metrics = { ...observed.context.metrics, gauge: () => void sweeps++ };
  return { ...observed, context: { ...observed.context, metrics }, sweeps: (n: number) => until(() => sweeps >= n) };
}

test('what is too old goes at the start and every hour; what came again lives on', async () => {
  const directory = await folder();
  const old = await kept(directory, 1, 31 * DAY_MS);
  const soon = await kept(directory, 2, 30 * DAY_MS - HOUR_MS);
  const again = recordingOf(pcmOf(3));
  const path = await kept(directory, 3, 30 * DAY_MS - HOUR_MS, 44 + 64);
  const { context, clock, sweeps, counted } = sweptContext();
  const store = await openStore(directory, { retentionMs: 30 * DAY_MS }, context);
  await sweeps(1);
  expect(await filesIn(directory)).toEqual([soon, path].sort());
  expect(await filesIn(directory)).not.toContain(old);
  await store.keep(again);
  await clock.advance(HOUR_MS);
  await sweeps(2);
  expect(await filesIn(directory)).toEqual([soon, path].sort());
  await clock.advance(HOUR_MS);
  await sweeps(3);
  expect(await filesIn(directory)).toEqual([path]);
  expect(counted.get('recordings_removed_total')).toBe(2);
});

test('without retention nothing is too old, only what a killed process left unfinished', async () => {
  const directory = await folder();
  const old = await kept(directory, 1, 3_000 * DAY_MS);
  const inside = join(directory, dirname(old));
  for (const [place, name, ageMs] of [
    [inside, '.0123456789ab.part', 2 * HOUR_MS],
    [inside, '.fedcba987654.part', HOUR_MS / 2],
    [directory, '.0123456789ab.part', 2 * HOUR_MS],
  ] as const) {
    await writeFile(join(place, name), 'x');
    await utimes(join(place, name), (START_MS - ageMs) / 1000, (START_MS - ageMs) / 1000);
  }
  const { context, sweeps } = sweptContext();
  await openStore(directory, {}, context);
  await sweeps(1);
  expect(await filesIn(directory)).toEqual([`${dirname(old)}/.fedcba987654.part`, old]);
});

test('what is not named as our files are is never touched, nor what is behind a link', async () => {
  const directory = await folder();
  const elsewhere = await folder();
  const outside = await kept(elsewhere, 1, 31 * DAY_MS);
  const hash = sha256Of(pcmOf(1));
  const shard = hash.slice(0, 2);
  const foreign = [
    'notes.txt',
    `${hash}.wav`,
    `${shard}/notes.txt`,
    `${shard}/${hash}`,
    `${shard}/${hash}.wav.bak`,
    `${shard}/${hash.toUpperCase()}.wav`,
    `${shard}/${(shard === '00' ? '11' : '00') + hash.slice(2)}.wav`,
    `${shard}/deeper/${hash}.wav`,
    `abc/${hash}.wav`,
    'lost+found/x.part',
    `${shard}/.part`,
  ];
  for (const name of foreign) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), 'x');
    await utimes(join(directory, name), 1, 1);
  }
  await mkdir(join(directory, shard, `${hash}.wav`));
  await symlink(join(elsewhere, outside, '..'), join(directory, shard === 'ff' ? 'fe' : 'ff'));
  const before = await filesIn(directory);
  const { context, sweeps } = sweptContext();
  await openStore(directory, { retentionMs: HOUR_MS, maxBytes: 1 }, context);
  await sweeps(1);
  expect(await filesIn(directory)).toEqual(before);
  expect(await filesIn(elsewhere)).toEqual([outside]);
});

describe('too much', () => {
  test('the oldest go, as many as it takes to an eighth below the bound', async () => {
    const directory = await folder();
    const names: string[] = [];
    // From now back to 60 days: by the minute, then by the hour.
    for (let i = 0; i < 40; i++) names.push(await kept(directory, i, i * 1.5 * DAY_MS, 100));
    const { context, sweeps } = sweptContext();
    await openStore(directory, { maxBytes: 2_000 }, context);
    await sweeps(1);
    // 1,750 bytes: 17 files.
    expect(await filesIn(directory)).toEqual(names.slice(0, 17).sort());
  });

  test('of one minute no more go than it takes', async () => {
    const directory = await folder();
    for (let i = 0; i < 40; i++) await kept(directory, i, DAY_MS + i, 100);
    const { context, sweeps } = sweptContext();
    await openStore(directory, { maxBytes: 2_000 }, context);
    await sweeps(1);
    expect(await filesIn(directory)).toHaveLength(17);
  });

  test('is looked for as soon as it is written, not only every hour', async () => {
    const directory = await folder();
    const { context, sweeps } = sweptContext();
    const store = await openStore(directory, { maxBytes: 2_000 }, context);
    await sweeps(1);
    // 108 bytes each.
    for (let i = 0; i < 19; i++) await store.keep(recordingOf(pcmOf(i)));
    await sweeps(2);
    expect(await filesIn(directory)).toHaveLength(16);
  });
});

test('what cannot be removed is said, and does not make it try again and again', async () => {
  const directory = await folder();
  await kept(directory, 1, DAY_MS, 5_000);
  let tries = 0;
  const files = {
    ...nodeFiles,
    async remove(path: string) {
      if (path.endsWith('.wav')) {
        tries++;
        throw Object.assign(new Error('EACCES: permission denied, unlink'), { code: 'EACCES' });
      }
      await nodeFiles.remove(path);
    },
  };
  const { context, sweeps, clock, logger } = sweptContext();
  const store = await openStore(directory, { files, maxBytes: 2_000 }, context);
  await sweeps(1);
  for (let i = 10; i < 20; i++) await store.keep(recordingOf(pcmOf(i)));
  expect(tries).toBe(1);
  expect(store.health()).toMatchObject({ ok: false });
  expect(logger.lines.at(-1)?.fields).toMatchObject({
    error: expect.stringContaining(`old recordings cannot be removed from ${directory}`) as string,
  });
  files.remove = nodeFiles.remove;
  await clock.advance(HOUR_MS);
  await sweeps(2);
  expect(store.health()).toEqual({ ok: true });
});

test('one that comes again while it is being removed is there afterwards', async () => {
  const directory = await folder();
  const recording = recordingOf(pcmOf(1));
  await kept(directory, 1, 31 * DAY_MS, 44 + 64);
  let removing = (): void => undefined;
  let goOn = (): void => undefined;
  const begun = new Promise<void>((resolve) => (removing = resolve));
  const files = {
    ...nodeFiles,
    async remove(path: string) {
      if (path.endsWith('.wav')) {
        removing();
        await new Promise<void>((resolve) => (goOn = resolve));
      }
      await nodeFiles.remove(path);
    },
  };
  const store = await openStore(directory, { files, retentionMs: 30 * DAY_MS });
  await begun;
  const keeping = store.keep(recording);
  goOn();
  await keeping;
  expect((await stat(placeOf(directory, recording.sha256))).mtimeMs).toBe(START_MS);
});

test('one that another process has touched since it was looked at stays', async () => {
  const directory = await folder();
  const path = await kept(directory, 1, 31 * DAY_MS);
  let looks = 0;
  const files = {
    ...nodeFiles,
    async state(asked: string) {
      if (++looks === 2) await utimes(asked, START_MS / 1000, START_MS / 1000);
      return nodeFiles.state(asked);
    },
  };
  const { context, sweeps } = sweptContext();
  await openStore(directory, { files, retentionMs: 30 * DAY_MS }, context);
  await sweeps(1);
  expect([looks, await filesIn(directory)]).toEqual([2, [path]]);
});

test('ten thousand files are swept without holding the loop', { timeout: 120_000 }, async () => {
  const directory = await folder();
  for (let i = 0; i < 10_000; i++) await kept(directory, i, (i % 2 === 0 ? 31 : 1) * DAY_MS, 1);
  const { context, sweeps } = sweptContext();
  let turns = 0;
  let isOver = false;
  await openStore(directory, { retentionMs: 30 * DAY_MS }, context);
  const counting = (async () => {
    while (!isOver) {
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await sweeps(1);
  isOver = true;
  await counting;
  // Each file is looked at in a turn of its own: whoever else waits for the loop has had it as often.
  expect(turns).toBeGreaterThan(10_000);
  expect(await filesIn(directory)).toHaveLength(5_000);
});

test('closing ends a sweep that is under way', async () => {
  const directory = await folder();
  for (let i = 0; i < 200; i++) await kept(directory, i, 31 * DAY_MS, 1);
  let removed = 0;
  const files = { ...nodeFiles };
  const store = await openStore(directory, { files, retentionMs: 30 * DAY_MS });
  files.remove = async (path) => (removed++, nodeFiles.remove(path));
  await until(() => removed > 0);
  await store.close();
  const left = (await filesIn(directory)).length;
  expect(left).toBeGreaterThan(0);
  await until(() => true);
  expect(await filesIn(directory)).toHaveLength(left);
});
