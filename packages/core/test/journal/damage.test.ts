import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultContext } from '@louver/core';
import { expect, test } from 'vitest';
import { HEADER_BYTES } from '../../src/journal/format.js';
import { openOn } from './journal-model.js';
import { SimulatedDisk } from './simulated-disk.js';
import { delivery, observedContext, openJournal, readAll, temporaryFolder, textOf } from './support.js';

const SEGMENT = '0000000001.seg';

/** A small journal with every type of entry; what may be read from it again, by position. */
async function original(folder: string): Promise<{ bytes: Buffer; texts: Map<number, string> }> {
  const journal = await openJournal(folder);
  await journal.append([delivery('a'), delivery('bb'), delivery('ccc')]);
  await (await journal.sent({ table: 'sensor_temperature', positions: [1, 3] })).done();
  await journal.append([delivery('dddd')]);
  journal.settle([2]);
  await journal.append([delivery('e'), delivery('f')]);
  await journal.close();
  const texts = new Map([...'a bb ccc dddd e f'.split(' ').entries()].map(([i, text]) => [i + 1, text]));
  return { bytes: await readFile(join(folder, SEGMENT)), texts };
}

test('a damaged region is kept for people, reported once, and the journal goes on', async () => {
  const folder = await temporaryFolder();
  const { bytes } = await original(folder);
  bytes[HEADER_BYTES + 20]! ^= 0xff;
  await writeFile(join(folder, SEGMENT), bytes);
  const { context, warnings, counted } = observedContext();
  const journal = await openJournal(folder, {}, context);
  expect((await readAll(journal)).map((entry) => entry.position)).toEqual([3, 4, 5, 6]);
  expect(warnings).toEqual([
    {
      message: 'journal damaged: what is lost may have been acknowledged; the bytes are kept in damaged/',
      fields: {
        segment: join(folder, SEGMENT),
        kind: 'damaged region',
        offset: HEADER_BYTES,
        bytes: expect.any(Number) as number,
      },
    },
  ]);
  const [copy] = await readdir(join(folder, 'damaged'));
  const kept = await readFile(join(folder, 'damaged', copy!));
  expect(kept).toEqual(bytes.subarray(HEADER_BYTES, HEADER_BYTES + kept.length));
  expect(counted.get('journal_damaged_bytes_total')).toBe(kept.length);
  expect((await journal.append([delivery('next')])).first).toBe(7);
  await journal.close();
  const again = observedContext();
  await openJournal(folder, {}, again.context);
  expect(again.warnings).toEqual([]);
});

test('with both copies of its header gone, a segment is read by the identity of the others', async () => {
  const folder = await temporaryFolder();
  const journal = await openJournal(folder, { segmentBytes: 4096 });
  for (let i = 1; i <= 9; i++) await journal.append([delivery('x'.repeat(1000))]);
  await journal.close();
  const path = join(folder, '0000000002.seg');
  const bytes = await readFile(path);
  bytes.fill(0, 0, HEADER_BYTES);
  await writeFile(path, bytes);
  const { context, counted } = observedContext();
  const reopened = await openJournal(folder, {}, context);
  expect((await readAll(reopened)).map((entry) => entry.position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(counted.get('journal_damaged_bytes_total')).toBe(HEADER_BYTES);
});

test('a journal that is all noise is set aside, and a new one begins', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, SEGMENT), Buffer.alloc(5000, 7));
  const { context, counted } = observedContext();
  const journal = await openJournal(folder, {}, context);
  expect(await readAll(journal)).toEqual([]);
  expect((await journal.append([delivery('a')])).first).toBe(1);
  expect(counted.get('journal_damaged_bytes_total')).toBe(5000);
  expect((await readFile(join(folder, 'damaged', SEGMENT))).length).toBe(5000);
});

test('a payload that looks like an entry is not taken for one', async () => {
  const folder = await temporaryFolder();
  const other = join(folder, 'other');
  const { bytes } = await original(other);
  const journal = await openJournal(join(folder, 'journal'));
  await journal.append([{ ...delivery(''), payload: bytes.subarray(HEADER_BYTES) }, delivery('behind')]);
  await journal.close();
  const path = join(folder, 'journal', SEGMENT);
  const damaged = await readFile(path);
  damaged[HEADER_BYTES + 13]! ^= 1;
  await writeFile(path, damaged);
  const reopened = await openJournal(join(folder, 'journal'), {}, defaultContext());
  expect((await readAll(reopened)).map(textOf)).toEqual(['behind']);
});

test('a copy of a folder is the same journal', async () => {
  const folder = await temporaryFolder();
  const { texts } = await original(join(folder, 'a'));
  await mkdir(join(folder, 'b'));
  await copyFile(join(folder, 'a', SEGMENT), join(folder, 'b', SEGMENT));
  const a = await openJournal(join(folder, 'a'));
  const b = await openJournal(join(folder, 'b'));
  expect(b.id).toBe(a.id);
  expect((await readAll(b)).map(textOf)).toEqual([...texts.values()].filter((text) => text !== 'bb'));
});

test('copies of damaged regions take a bounded space: those of segments that are gone make room', async () => {
  const disk = new SimulatedDisk();
  const megabyte = Buffer.alloc(1024 * 1024, 7);
  for (let i = 0; i < 64; i++) disk.put(`/journal/damaged/${String(i + 2).padStart(10, '0')}.seg.128`, megabyte);
  const journal = await openOn(disk);
  await journal.append([delivery('a'), delivery('b')]);
  await journal.close();
  const path = '/journal/0000000001.seg';
  const bytes = disk.content().get(path)!;
  bytes[HEADER_BYTES + 13]! ^= 1;
  disk.put(path, bytes);
  await (await openOn(disk)).close();
  const kept = [...disk.content().keys()].filter((each) => each.startsWith('/journal/damaged/'));
  // The oldest had to go.
  expect(kept.length).toBe(64);
  expect(kept).not.toContain('/journal/damaged/0000000002.seg.128');
});

test('a position that was lost with its record is not given again when nothing else is left of its segment', async () => {
  const disk = new SimulatedDisk();
  let journal = await openOn(disk);
  await journal.append([delivery('a')]);
  await journal.append([delivery('b')]);
  journal.settle([1]);
  await journal.close();
  const path = '/journal/0000000001.seg';
  const bytes = disk.content().get(path)!;
  // In the text of the second.
  bytes[bytes.indexOf('temperature', HEADER_BYTES + 70)]! ^= 1;
  disk.put(path, bytes);
  journal = await openOn(disk);
  for (let i = 0; i < 40; i++) await journal.sent({ table: 'sensor_temperature', positions: [1] });
  await journal.close();
  expect(disk.content().has(path)).toBe(false);
  journal = await openOn(disk);
  expect((await journal.append([delivery('c')])).first).toBeGreaterThan(2);
  await journal.close();
});
