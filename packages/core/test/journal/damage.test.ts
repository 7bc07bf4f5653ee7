import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { defaultContext, type JournalEntry } from '@louver/core';
import { expect, test } from 'vitest';
import { FileJournal } from '../../src/journal/file-journal.js';
import { nodeFiles } from '../../src/journal/files.js';
import { HEADER_BYTES } from '../../src/journal/format.js';
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

async function recoveredFrom(
  bytes: Buffer,
  folder: string,
): Promise<{ entries: JournalEntry[]; next: number; counted: Map<string, number> }> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, SEGMENT), bytes);
  const { context, counted } = observedContext();
  const journal = new FileJournal({ directory: folder, maxBytes: 1e9, segmentBytes: 64e6, files: nodeFiles });
  await journal.open(context);
  const entries = await readAll(journal);
  const { first: next } = await journal.append([delivery('new')]);
  await journal.close();
  return { entries, next, counted };
}

test('cut at every byte: what is left is a prefix, and positions are not given twice', async () => {
  const folder = await temporaryFolder();
  const { bytes, texts } = await original(join(folder, 'original'));
  let most = 0;
  for (let length = 0; length <= bytes.length; length++) {
    const { entries, next } = await recoveredFrom(bytes.subarray(0, length), join(folder, `cut-${length}`));
    for (const entry of entries) expect(textOf(entry)).toBe(texts.get(entry.position));
    const positions = entries.map((entry) => entry.position);
    const last = Math.max(0, ...positions);
    for (let position = 1; position <= last; position++) {
      if (position !== 2) expect(positions).toContain(position);
    }
    expect(last).toBeGreaterThanOrEqual(most);
    most = last;
    expect(next).toBeGreaterThan(last);
    if (length > HEADER_BYTES) expect(next).toBeGreaterThanOrEqual(last + 1);
  }
  expect(most).toBe(6);
});

test('flip any bit: what is left is a subset, each equal to the original; the damage is counted', async () => {
  const folder = await temporaryFolder();
  const { bytes, texts } = await original(join(folder, 'original'));
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(7)), { minLength: 1, maxLength: 3 }),
      async (flips) => {
        const damaged = Buffer.from(bytes);
        for (const [at, bit] of flips) damaged[at]! ^= 1 << bit;
        const { entries, next, counted } = await recoveredFrom(damaged, join(folder, `flip-${run++}`));
        for (const entry of entries) {
          expect(textOf(entry)).toBe(texts.get(entry.position));
          expect(next).toBeGreaterThan(entry.position);
        }
        const inEntries = !damaged.subarray(HEADER_BYTES).equals(bytes.subarray(HEADER_BYTES));
        if (inEntries) expect(counted.get('journal_damaged_bytes_total')).toBeGreaterThan(0);
      },
    ),
    { numRuns: 300 },
  );
});

test('one flipped byte costs one entry: those behind it are found again', async () => {
  const folder = await temporaryFolder();
  const { bytes } = await original(join(folder, 'original'));
  for (let at = HEADER_BYTES; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 0x5a;
    const { entries } = await recoveredFrom(damaged, join(folder, `byte-${at}`));
    // 2 is settled, and comes back when SETTLED itself was hit.
    const positions = entries.map((entry) => entry.position).filter((position) => position !== 2);
    expect(positions.length).toBeGreaterThanOrEqual(4);
  }
});

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
      message: 'journal damaged',
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
