import { execFileSync } from 'node:child_process';
import { mkdir, readdir, statfs, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultContext, type Journal } from '@louver/core';
import { expect, onTestFinished, test } from 'vitest';
import { FileJournal } from '../../src/journal/file-journal.js';
import { nodeFiles } from '../../src/journal/files.js';
import { JournalModel, openOn } from './journal-model.js';
import { failure, SimulatedDisk } from './simulated-disk.js';
import { delivery, observedContext, openJournal, readAll, temporaryFolder, textOf } from './support.js';

const FULL = { code: 'E_JOURNAL_FULL', retryable: true } as const;

/** Drains a journal as storage does it. */
async function drain(journal: Journal): Promise<number> {
  const positions = (await readAll(journal)).map(({ position }) => position);
  for (let i = 0; i < positions.length; i += 20) {
    const some = positions.slice(i, i + 20);
    await (await journal.sent({ table: 'sensor_temperature', positions: some })).done();
    journal.settle(some);
  }
  return positions.length;
}

/** Appends until it is refused; how many were not. */
async function fill(journal: Journal, bytes: number, own = false): Promise<{ taken: number; refused: unknown }> {
  for (let taken = 0; ; taken++) {
    const refused: unknown = await journal.append([delivery('x'.repeat(bytes))], { own }).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refused !== undefined) return { taken, refused };
  }
}

test('a disk that others fill: nothing is acknowledged, it is drained all the same, and it goes on when there is space', async () => {
  const disk = new SimulatedDisk();
  const journal = await openOn(disk);
  const model = new JournalModel();
  for (let i = 0; i < 5; i++) await model.append(journal, 4, 200);
  disk.capacity = disk.used + 4096;
  disk.taken = 4096;
  // Far more than what was free at the end of a block.
  const results = await Promise.allSettled([1, 2, 3].map(() => journal.append([delivery('x'.repeat(6000))])));
  for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: FULL });
  expect(journal.health!()).toMatchObject({ ok: false, reason: expect.stringContaining('no space is left') as string });

  // To the end of the last block.
  const refused = async (): Promise<unknown> => {
    for (;;) {
      const error: unknown = await model.append(journal, 1, 10).catch((each: unknown) => each);
      if (error !== undefined) return error;
    }
  };
  expect(await refused()).toMatchObject(FULL);

  // What comes free is taken by somebody else at once.
  disk.before = () => (disk.taken = Math.max(disk.taken, disk.capacity - disk.used - 40_000));
  await (
    await model.store(journal, 0, [1, 2, 3, 4, 5, 6, 7])
  )();
  model.settle(journal, [1, 2, 3, 4, 5, 6, 7]);
  expect(disk.content().has('/journal/ballast')).toBe(false);
  // Its room is for draining only.
  await expect(journal.append([delivery('')])).rejects.toMatchObject(FULL);
  const rest = [...model.owed.keys()];
  await (
    await model.store(journal, 0, rest)
  )();
  model.settle(journal, rest);
  await expect.poll(() => [...disk.content().keys()].filter((path) => path.endsWith('.seg')).length).toBe(1);

  disk.before = () => undefined;
  disk.taken = 0;
  await model.append(journal, 1, 100);
  expect(journal.health!()).toEqual({ ok: true });
  expect(disk.content().get('/journal/ballast')?.length).toBe(62_500);
  await journal.close();
  const after = await openOn(disk.afterPowerCut(() => 0));
  await model.check(after);
  expect(await readAll(after)).toHaveLength(1);
});

test('a disk that is full at the start is drained with what an earlier start has left', async () => {
  const disk = new SimulatedDisk();
  const model = new JournalModel();
  const before = await openOn(disk);
  await model.append(before, 4, 300);
  await before.close();
  disk.capacity = disk.used;
  const journal = await openOn(disk);
  await model.check(journal);
  expect(await drain(journal)).toBe(4);
  await expect.poll(() => [...disk.content().keys()].filter((path) => path.endsWith('.seg'))).toHaveLength(1);
  await journal.close();
});

test('an error at opening leaves nothing behind, and says where', async () => {
  const disk = new SimulatedDisk();
  disk.capacity = 10;
  await expect(openOn(disk)).rejects.toMatchObject({ ...FULL, message: expect.stringContaining('/journal') as string });
  expect(disk.content().size).toBe(0);
  disk.capacity = Number.POSITIVE_INFINITY;
  const journal = await openOn(disk);
  expect((await journal.append([delivery('a')])).first).toBe(1);
});

test('an I/O error at opening leaves no file open', async () => {
  const disk = new SimulatedDisk();
  disk.before = ({ kind, path }) => {
    if (kind === 'write' && path.endsWith('ballast')) throw failure('EIO');
  };
  await expect(openOn(disk)).rejects.toMatchObject({ code: 'E_JOURNAL_IO' });
  expect(disk.open).toBe(0);
});

test('at the bound there is room for records of our own, for SENT and for DONE', async () => {
  const { context, counted } = observedContext();
  const journal = await openJournal(await temporaryFolder(), { maxBytes: 262_144 }, context);
  const received = await fill(journal, 1000);
  expect(received.refused).toMatchObject(FULL);
  expect(counted.get('journal_bytes')).toBeLessThanOrEqual(262_144 - 16_384);
  expect(counted.get('journal_max_bytes')).toBe(262_144);
  expect(counted.get('journal_refused_total')).toBe(1);
  const own = await fill(journal, 1000, true);
  expect(own.taken).toBeGreaterThan(10);
  expect(own.refused).toMatchObject(FULL);
  expect(counted.get('journal_bytes')).toBeLessThanOrEqual(262_144);
  expect(await drain(journal)).toBe(received.taken + own.taken);
  await expect.poll(() => journal.append([delivery('y')]).then(() => true, () => false)).toBe(true); // prettier-ignore
  expect(journal.health!()).toEqual({ ok: true });
});

/** A small disk of its own; undefined: this user may not mount one. */
async function smallDisk(bytes: number, options = ''): Promise<string | undefined> {
  const folder = await temporaryFolder();
  const path = join(folder, 'disk');
  await mkdir(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}${options}`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', path]));
  return path;
}

test('a real disk that is full (where this user may mount one): drained, and taken in again when there is space', async ({ skip }) => {
  const path = await smallDisk(2 * 1024 * 1024);
  if (path === undefined) return skip('mounting is not allowed');
  const folder = join(path, 'journal');
  const { context, counted } = observedContext();
  const journal = await openJournal(folder, {}, context);
  const first = await fill(journal, 5000);
  expect(first.refused).toMatchObject(FULL);
  expect(first.taken).toBeGreaterThan(300);
  expect(counted.get('journal_refused_total')).toBe(1);
  // Somebody else takes what is left, to the last block.
  const { bavail, bsize } = await statfs(path);
  if (bavail > 0) await writeFile(join(path, 'other'), Buffer.alloc(bavail * bsize, 1));
  expect(await drain(journal)).toBe(first.taken);
  await expect.poll(() => journal.append([delivery('next')]).then(() => true, () => false)).toBe(true); // prettier-ignore
  expect((await readdir(folder)).filter((name) => name.endsWith('.seg'))).toHaveLength(1);
  expect(journal.health!()).toEqual({ ok: true });
  await unlink(join(path, 'other')).catch(() => undefined);
  await journal.close();
  expect((await readAll(await openJournal(folder))).map(textOf)).toEqual(['next']);
}); // prettier-ignore

test('a disk that is mounted read-only (where this user may mount one) is named, with what to do', async ({ skip }) => {
  const path = await smallDisk(65_536, ',ro');
  if (path === undefined) return skip('mounting is not allowed');
  await expect(openJournal(join(path, 'journal'))).rejects.toMatchObject({
    code: 'E_JOURNAL_IO',
    message: expect.stringMatching(`${path}/journal.*EROFS.*mount it for writing`) as string,
  });
});

test.each([
  ['EACCES', 'give this user the right to'],
  ['EPERM', 'give this user the right to'],
])('a folder that may not be written (%s) is named, with what to do', async (code, advice) => {
  const makeDirectory = () => Promise.reject(Object.assign(new Error(`${code}: not permitted`), { code }));
  const files = { ...nodeFiles, makeDirectory };
  const journal = new FileJournal({ directory: '/some/where', maxBytes: 1e6, segmentBytes: 4096, files });
  await expect(journal.open(defaultContext())).rejects.toMatchObject({
    code: 'E_JOURNAL_IO',
    message: expect.stringMatching(`/some/where.*${code}.*${advice}`) as string,
  });
});

test('a file in the place of the folder is named, with what to do', async () => {
  const path = join(await temporaryFolder(), 'journal');
  await writeFile(path, '');
  await expect(openJournal(path)).rejects.toMatchObject({
    code: 'E_JOURNAL_IO',
    message: expect.stringMatching(`${path}.*There is a file where a folder is expected`) as string,
  });
});
