import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LouverError, type JournalEntry, type JournalRecord, type PredictionRow } from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { fileJournal } from '@louver/core/journal';
import { expect, test } from 'vitest';
import { decodeHeader, encodeHeader } from '../../src/journal/format.js';
import { crc32 } from '../../src/journal/crc32.js';
import { delivery, observedContext, openJournal, readAll, temporaryFolder, textOf } from './support.js';

test('what was appended is read in order, now and after a restart', async () => {
  const folder = await temporaryFolder();
  const first = await openJournal(folder);
  const { receipt, first: position } = await first.append([delivery('a'), delivery('b', 'sensor/ü/humidity')]);
  expect(position).toBe(1);
  expect(receipt).toMatchObject({ level: 'journal' });
  expect((await first.append([delivery('c')])).first).toBe(3);
  const now = await readAll(first);
  expect(now.map((entry) => [entry.position, textOf(entry), entry.replayed])).toEqual([
    [1, 'a', false],
    [2, 'b', false],
    [3, 'c', false],
  ]);
  const { id } = first;
  await first.close();

  const second = await openJournal(folder);
  expect(second.id).toBe(id);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  const later = await readAll(second);
  expect(later.map((entry) => [entry.position, entry.replayed])).toEqual([
    [1, true],
    [2, true],
    [3, true],
  ]);
  expect(later[1]!.record).toEqual({
    ...delivery('b', 'sensor/ü/humidity'),
    payload: expect.any(Uint8Array) as Uint8Array,
  });
  expect((await second.append([delivery('d')])).first).toBe(4);
});

test('derived rows keep what JSON cannot say', async () => {
  const folder = await temporaryFolder();
  const row: PredictionRow = {
    timestamp: 1,
    device_id: 'a',
    prediction: Number.NaN,
    confidence: Number.POSITIVE_INFINITY,
    inference_time_ms: Number.NEGATIVE_INFINITY,
    model_version: '"\u2028\u0000ü',
    request_id: '',
    held: true,
    reason: 'x',
    position: -0,
  };
  const journal = await openJournal(folder);
  await journal.append([{ type: 'derived', table: 'ml_predictions', row }]);
  await journal.close();
  const [entry] = await readAll(await openJournal(folder));
  expect(entry!.record).toEqual({ type: 'derived', table: 'ml_predictions', row });
});

test('deliveries keep what else is known of them, notes their key and value', async () => {
  const records: JournalRecord[] = [
    { ...delivery('a'), retained: true },
    { ...delivery('b', 'ü'), dup: true, deliveryId: 'id-ü:1' },
    { ...delivery(''), retained: true, dup: true, deliveryId: '' },
    { ...delivery('d'), retained: false, dup: false },
    { type: 'note', key: 'owner/ü', value: '"\u2028"' },
  ];
  const folder = await temporaryFolder();
  const journal = await openJournal(folder);
  await journal.append(records);
  await journal.close();
  const read = (await readAll(await openJournal(folder))).map(({ record }) =>
    record.type === 'delivery' ? { ...record, payload: Buffer.from(record.payload) } : record,
  );
  // What is not said is false.
  expect(read).toEqual(records.map((record, i) => (i === 3 ? delivery('d') : record)));
});

test('the age of the oldest record that waits is told, whatever younger ones went', async () => {
  const clock = manualClock(1_700_000_000_000);
  const { context, counted } = observedContext();
  const journal = await openJournal(await temporaryFolder(), {}, { ...context, clock });
  const next = async (): Promise<void> => {
    for (let i = 0; i < 100; i++) await journal.append([delivery('x')]);
    await clock.advance(10_000);
  };
  await next();
  await next();
  await next();
  journal.settle(Array.from({ length: 150 }, (_, i) => i + 1));
  await journal.append([delivery('y')]);
  expect(counted.get('journal_oldest_age_ms')).toBe(20_000);
  journal.settle(Array.from({ length: 150 }, (_, i) => i + 151));
  await journal.append([delivery('z')]);
  expect(counted.get('journal_oldest_age_ms')).toBe(0);
});

test('that age grows while nothing comes in, for whoever asks how the journal is', async () => {
  const clock = manualClock(1_700_000_000_000);
  const { context, counted } = observedContext();
  const journal = await openJournal(await temporaryFolder(), {}, { ...context, clock });
  await journal.append([delivery('last')]);
  await clock.advance(600_000);
  expect(journal.health!()).toEqual({ ok: true });
  expect(counted.get('journal_oldest_age_ms')).toBe(600_000);
  await journal.close();
  expect(journal.health!()).toEqual({ ok: true });
});

test('what is settled is not read again; positions go on when nothing is left', async () => {
  const folder = await temporaryFolder();
  let journal = await openJournal(folder);
  await journal.append([delivery('a'), delivery('b'), delivery('c')]);
  journal.settle([1, 3]);
  expect((await readAll(journal)).map(textOf)).toEqual(['b']);
  await journal.close();
  journal = await openJournal(folder);
  expect((await readAll(journal)).map(textOf)).toEqual(['b']);
  journal.settle([2]);
  await journal.close();
  journal = await openJournal(folder);
  expect(await readAll(journal)).toEqual([]);
  expect((await journal.append([delivery('d')])).first).toBe(4);
});

test('SENT without DONE is in doubt after a restart, with DONE it is stored', async () => {
  const folder = await temporaryFolder();
  let journal = await openJournal(folder);
  await journal.append([delivery('a'), delivery('b'), delivery('c'), delivery('d')]);
  const batch = await journal.sent({ table: 'sensor_temperature', positions: [1, 2] });
  await journal.sent({ table: 'sensor_temperature', positions: [4] });
  await journal.sent({ table: 'dead_letters', positions: [2, 3] });
  await batch.done();
  await journal.close();

  const annotated = (entries: JournalEntry[]) =>
    entries.map(({ position, stored, inDoubt }) => [position, stored, inDoubt]);
  journal = await openJournal(folder);
  expect(annotated(await readAll(journal))).toEqual([
    [1, ['sensor_temperature'], []],
    [2, ['sensor_temperature'], ['dead_letters']],
    [3, [], ['dead_letters']],
    [4, [], ['sensor_temperature']],
  ]);
  // Looked up and written again: the later DONE counts.
  await (await journal.sent({ table: 'sensor_temperature', positions: [4] })).done();
  journal.settle([1]);
  await journal.close();
  journal = await openJournal(folder);
  expect(annotated(await readAll(journal))).toEqual([
    [2, ['sensor_temperature'], ['dead_letters']],
    [3, [], ['dead_letters']],
    [4, ['sensor_temperature'], []],
  ]);
});

test('files are 0600 and the folder 0700', async () => {
  const folder = join(await temporaryFolder(), 'deep', 'journal');
  const journal = await openJournal(folder);
  await journal.append([delivery('a')]);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, '0000000001.seg'))).mode & 0o777).toBe(0o600);
});

test('a second one in the folder is refused, with the folder and the process named', async () => {
  const folder = await temporaryFolder();
  await openJournal(folder);
  await expect(openJournal(folder)).rejects.toMatchObject({
    code: 'E_JOURNAL_LOCKED',
    retryable: false,
    message: expect.stringMatching(`${folder}.*${process.pid}`) as string,
  });
});

test('a newer format version is refused and the folder is left as it is', async () => {
  const folder = await temporaryFolder();
  const header = encodeHeader({ marker: 1, id: '00'.repeat(16), first: 1 });
  for (const at of [0, 64]) {
    header.writeUInt32LE(3, at + 8);
    header.writeUInt32LE(crc32(header.subarray(at, at + 60)), at + 60);
  }
  await writeFile(join(folder, '0000000001.seg'), Buffer.concat([header, Buffer.from('future')]));
  await expect(openJournal(folder)).rejects.toMatchObject({
    code: 'E_JOURNAL_DAMAGED',
    message: expect.stringMatching(/version 3.*versions 1 to 2/) as string,
  });
  expect(await readdir(folder)).toEqual(['0000000001.seg']);
  expect((await readFile(join(folder, '0000000001.seg'))).subarray(-6).toString()).toBe('future');
});

test('segments of two journals in one folder are refused', async () => {
  const folder = await temporaryFolder();
  for (const n of [1, 2]) {
    const header = encodeHeader({ marker: n, id: `0${n}`.repeat(16), first: 1 });
    await writeFile(join(folder, `000000000${n}.seg`), header);
  }
  await expect(openJournal(folder)).rejects.toMatchObject({ code: 'E_JOURNAL_DAMAGED' });
});

test('a folder that cannot be made is said in words', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  const error = await openJournal(join(folder, 'file', 'journal')).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'E_JOURNAL_IO', message: expect.stringContaining(folder) as string });
});

test('settled segments are removed, oldest first, and the rest is still read', async () => {
  const folder = await temporaryFolder();
  const journal = await openJournal(folder, { segmentBytes: 4096 });
  const text = 'x'.repeat(1000);
  for (let i = 0; i < 20; i++) await journal.append([delivery(text)]);
  const segments = async () => (await readdir(folder)).filter((name) => name.endsWith('.seg'));
  const before = await segments();
  expect(before.length).toBeGreaterThanOrEqual(6);
  journal.settle([1, 2, 3, 5, 6, 7, 8, 9]);
  await journal.append([delivery(text)]);
  expect((await segments())[0]).toBe('0000000002.seg');
  journal.settle([4]);
  await journal.append([delivery(text)]);
  expect((await segments())[0]).toBe('0000000004.seg');
  await journal.close();
  const reopened = await openJournal(folder);
  expect((await readAll(reopened)).map((entry) => entry.position)).toEqual(
    Array.from({ length: 13 }, (_, i) => 10 + i),
  );
});

test('at the bound nothing is written; room comes back with settling', async () => {
  const folder = await temporaryFolder();
  const { context, counted } = observedContext();
  const journal = await openJournal(folder, { maxBytes: 65_536, segmentBytes: 8192 }, context);
  const appended: number[] = [];
  let refused: unknown;
  while (refused === undefined) {
    await journal.append([delivery('x'.repeat(1000))]).then(
      ({ first }) => appended.push(first),
      (error: unknown) => (refused = error),
    );
  }
  expect(refused).toMatchObject({ code: 'E_JOURNAL_FULL', retryable: true });
  expect(journal.health!()).toMatchObject({ ok: false });
  expect(counted.get('journal_bytes')).toBeLessThanOrEqual(65_536);
  expect((await readAll(journal)).length).toBe(appended.length);
  journal.settle(appended);
  let next = 0;
  // The space is free as soon as the segments are removed, a few turns later.
  await expect
    .poll(() =>
      journal.append([delivery('y'.repeat(1000))]).then(
        ({ first }) => (next = first),
        () => 0,
      ),
    )
    .toBeGreaterThan(0);
  expect(next).toBe(appended.length + 1);
  expect(journal.health!()).toEqual({ ok: true });
  await expect(journal.append([delivery('z'.repeat(70_000))])).rejects.toMatchObject({
    code: 'E_JOURNAL_FULL',
    retryable: false,
  });
});

test('before open and after close it says so; close is idempotent', async () => {
  const folder = join(await temporaryFolder(), 'journal');
  const journal = fileJournal(folder);
  await expect(journal.append([])).rejects.toMatchObject({ code: 'E_NOT_OPEN' });
  await journal.close();
  await journal.close();
  await mkdir(folder);
  const second = await openJournal(folder);
  const pending = second.append([delivery('a')]);
  await Promise.all([second.close(), second.close()]);
  await pending;
  await expect(second.append([delivery('a')])).rejects.toMatchObject({ code: 'E_NOT_OPEN' });
  expect((await readdir(folder)).sort()).toEqual(['0000000001.seg', 'ballast']);
});

test('sizes are checked, all at once', () => {
  try {
    fileJournal('', { maxBytes: 1, segmentBytes: 0.5 });
    expect.unreachable();
  } catch (error) {
    expect(LouverError.is(error) && error.code).toBe('E_CONFIG');
    expect(String(error)).toMatch(/directory.*maxBytes.*segmentBytes/);
  }
});

test('the header reads back, and one of its copies is enough', () => {
  const header = encodeHeader({ marker: 0xfedcba98, id: '0123456789abcdef'.repeat(2), first: 2 ** 40 + 5 });
  for (let i = 0; i < header.length; i++) {
    const flipped = Buffer.from(header);
    flipped[i]! ^= 0x10;
    expect(decodeHeader(flipped)).toEqual({
      version: 2,
      marker: 0xfedcba98,
      id: '0123456789abcdef'.repeat(2),
      first: 2 ** 40 + 5,
    });
  }
});
