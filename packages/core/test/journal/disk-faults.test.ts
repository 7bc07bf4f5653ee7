import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { nodeFiles, type JournalFile, type JournalFiles } from '../../src/journal/files.js';
import { delivery, observedContext, openJournal, readAll, temporaryFolder, textOf } from './support.js';

interface Faults {
  /** Bytes that may still be written. */
  space: number;
  sync: Error | undefined;
  write: Error | undefined;
  truncate: Error | undefined;
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** The real file system, with the faults of the moment. */
function faulty(): { files: JournalFiles; faults: Faults } {
  const faults: Faults = { space: Number.POSITIVE_INFINITY, sync: undefined, write: undefined, truncate: undefined };
  const wrap = (file: JournalFile): JournalFile => ({
    async write(chunks, at) {
      if (faults.write !== undefined) throw faults.write;
      if (faults.space <= 0) throw failure('ENOSPC');
      // As a disk does: what fits is written, and the next write fails.
      const all = Buffer.concat(chunks);
      const written = await file.write([all.subarray(0, faults.space)], at);
      faults.space -= written;
      return written;
    },
    sync: () => (faults.sync === undefined ? file.sync() : Promise.reject(faults.sync)),
    truncate: (length) => (faults.truncate === undefined ? file.truncate(length) : Promise.reject(faults.truncate)),
    read: (into, at) => file.read(into, at),
    size: () => file.size(),
    close: () => file.close(),
  });
  return { files: { ...nodeFiles, open: async (path, mode) => wrap(await nodeFiles.open(path, mode)) }, faults };
}

test('a full disk: retryable, nothing half-written, and it goes on when there is space', async () => {
  const folder = await temporaryFolder();
  const { files, faults } = faulty();
  const { context, warnings } = observedContext();
  const journal = await openJournal(folder, { files }, context);
  await journal.append([delivery('before')]);
  faults.space = 70;
  const results = await Promise.allSettled([
    journal.append([delivery('x'), delivery('y')]),
    journal.append([delivery('z')]),
    journal.sent({ table: 'sensor_temperature', positions: [1] }),
  ]);
  for (const result of results) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'E_JOURNAL_FULL', retryable: true } });
  }
  expect(journal.health!()).toMatchObject({ ok: false, reason: expect.stringContaining('no space is left') as string });
  expect(warnings.length).toBeGreaterThan(0);
  journal.settle([1]);
  faults.space = Number.POSITIVE_INFINITY;
  expect((await journal.append([delivery('after')])).first).toBe(2);
  expect(journal.health!()).toEqual({ ok: true });
  await journal.close();
  expect((await readAll(await openJournal(folder))).map(textOf)).toEqual(['after']);
});

test('a disk that is full when a segment is to be made', async () => {
  const folder = await temporaryFolder();
  const { files, faults } = faulty();
  const journal = await openJournal(folder, { files, segmentBytes: 4096 });
  await journal.append([delivery('x'.repeat(4000))]);
  faults.space = 50;
  await expect(journal.append([delivery('y')])).rejects.toMatchObject({ code: 'E_JOURNAL_FULL' });
  expect((await readdir(folder)).filter((name) => name.endsWith('.seg'))).toEqual(['0000000001.seg']);
  faults.space = Number.POSITIVE_INFINITY;
  expect((await journal.append([delivery('y')])).first).toBe(2);
  expect((await readAll(journal)).map((entry) => entry.position)).toEqual([1, 2]);
});

test.each(['sync', 'write', 'truncate'] as const)(
  'an I/O error on %s: fail-stop, nothing unsynced was acknowledged',
  async (where) => {
    const folder = await temporaryFolder();
    const { files, faults } = faulty();
    const { context, warnings } = observedContext();
    const journal = await openJournal(folder, { files }, context);
    await journal.append([delivery('acknowledged')]);
    faults[where] = failure('EIO');
    if (where === 'truncate') faults.space = 10;
    const results = await Promise.allSettled([
      journal.append([delivery('lost')]),
      journal.append([delivery('lost too')]),
    ]);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'E_JOURNAL_IO', retryable: false } });
    }
    faults[where] = undefined;
    faults.space = Number.POSITIVE_INFINITY;
    await expect(journal.append([delivery('later')])).rejects.toMatchObject({ code: 'E_JOURNAL_IO' });
    await expect(journal.sent({ table: 'dead_letters', positions: [1] })).rejects.toMatchObject({
      code: 'E_JOURNAL_IO',
    });
    expect(journal.health!()).toMatchObject({ ok: false, reason: expect.stringContaining('EIO') as string });
    expect(warnings.some(({ message }) => message === 'journal disk failed')).toBe(true);
    // What was durable is still there to be read and settled.
    expect((await readAll(journal)).map(textOf)).toEqual(['acknowledged']);
    journal.settle([1]);
    await journal.close();
    const recovered = (await readAll(await openJournal(folder))).map(textOf);
    expect(recovered).toContain('acknowledged');
  },
);

test('an error at opening leaves nothing behind, and says where', async () => {
  const folder = await temporaryFolder();
  const { files, faults } = faulty();
  faults.space = 10;
  await expect(openJournal(folder, { files })).rejects.toMatchObject({ code: 'E_JOURNAL_FULL', retryable: true });
  expect(await readdir(folder)).toEqual([]);
  faults.space = Number.POSITIVE_INFINITY;
  const journal = await openJournal(folder, { files });
  expect((await journal.append([delivery('a')])).first).toBe(1);
});
