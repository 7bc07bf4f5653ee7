import fc from 'fast-check';
import type { Journal } from '@louver/core';
import { expect, test } from 'vitest';
import { nodeFiles, type JournalFiles } from '../../src/journal/files.js';
import { delivery, openJournal, readAll, temporaryFolder } from './support.js';

/** Reads until `count` records have come; `each` may hold the reader up. */
async function follow(
  journal: Journal,
  count: number,
  each: () => Promise<void> | undefined = () => undefined,
): Promise<number[]> {
  const positions: number[] = [];
  const stop = new AbortController();
  for await (const batch of journal.read({ follow: true, signal: stop.signal })) {
    for (const entry of batch) positions.push(entry.position);
    if (positions.length >= count) stop.abort();
    await each();
  }
  return positions;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** Counts the files that are opened for reading. */
function counting(): { files: JournalFiles; reads: () => number } {
  let reads = 0;
  const open: JournalFiles['open'] = (path, mode) => {
    if (mode === 'read') reads++;
    return nodeFiles.open(path, mode);
  };
  return { files: { ...nodeFiles, open }, reads: () => reads };
}

test('a reader that keeps up gets every record once, in order, without touching the disk', async () => {
  const { files, reads } = counting();
  const journal = await openJournal(await temporaryFolder(), { files });
  const reading = follow(journal, 500);
  for (let i = 0; i < 500; i++) {
    const { first } = await journal.append([delivery(String(i))]);
    if (i % 3 === 0) journal.settle([first - 1]);
  }
  const positions = await reading;
  expect(positions.at(-1)).toBe(500);
  expect(new Set(positions).size).toBe(positions.length);
  expect(reads()).toBe(0);
});

test('a reader far behind reads from disk over many segments, then catches up', async () => {
  const { files, reads } = counting();
  const journal = await openJournal(await temporaryFolder(), { files, segmentBytes: 1e6 });
  const big = 'x'.repeat(10_000);
  // 20 MB: far more than is kept in memory.
  for (let i = 0; i < 100; i++) await journal.append(Array.from({ length: 20 }, () => delivery(big)));
  const { promise: goOn, resolve } = withResolvers();
  let turns = 0;
  const reading = follow(journal, 2100, () => (turns++ === 0 ? goOn : undefined));
  for (let i = 0; i < 100; i++) await journal.append([delivery('y')]);
  resolve();
  expect(await reading).toEqual(upTo(2100));
  expect(reads()).toBeGreaterThan(0);
});

test('appends, a reader and settling at the same time: segments go, nothing is missed', async () => {
  const journal = await openJournal(await temporaryFolder(), { segmentBytes: 20_000 });
  const seen: number[] = [];
  const stop = new AbortController();
  const reading = (async () => {
    for await (const batch of journal.read({ follow: true, signal: stop.signal })) {
      for (const entry of batch) seen.push(entry.position);
      journal.settle(batch.map((entry) => entry.position));
      if (seen.length >= 3000) stop.abort();
    }
  })();
  await Promise.all(
    Array.from({ length: 300 }, (_, i) => journal.append(Array.from({ length: 10 }, () => delivery(`text ${i}`)))),
  );
  await reading;
  expect(seen).toEqual(upTo(3000));
  expect(await readAll(journal)).toEqual([]);
});

test('from a position on: the first that is not settled there, from memory and from disk, over holes', async () => {
  const folder = await temporaryFolder();
  let journal = await openJournal(folder, { segmentBytes: 4096 });
  for (let i = 0; i < 20; i++) await journal.append([delivery('x'.repeat(1000)), delivery('y')]);
  const readFrom = async (from: number): Promise<number[]> => {
    const positions: number[] = [];
    const signal = new AbortController().signal;
    for await (const batch of journal.read({ follow: false, signal, from }))
      positions.push(...batch.map((entry) => entry.position));
    return positions;
  };
  const above = (from: number, settled: readonly number[] = []): number[] =>
    upTo(40).filter((position) => position >= from && !settled.includes(position));
  for (const from of [0, 1, 7, 39, 40, 41, 1000]) expect(await readFrom(from)).toEqual(above(from));
  // Whole segments in the middle.
  const settled = upTo(30).slice(8);
  journal.settle(settled);
  for (const from of [8, 9, 20, 30, 31]) expect(await readFrom(from)).toEqual(above(from, settled));
  await journal.close();
  journal = await openJournal(folder, { segmentBytes: 4096 });
  for (const from of [0, 2, 8, 9, 20, 30, 31, 40, 41]) expect(await readFrom(from)).toEqual(above(from, settled));
});

test('without follow it ends at the last record of now', async () => {
  const journal = await openJournal(await temporaryFolder());
  await journal.append([delivery('a'), delivery('b')]);
  const iterator = journal.read({ follow: false, signal: new AbortController().signal })[Symbol.asyncIterator]();
  const first = await iterator.next();
  await journal.append([delivery('c')]);
  expect(first.done === true ? [] : first.value.map((entry) => entry.position)).toEqual([1, 2]);
  expect(await iterator.next()).toMatchObject({ done: true });
});

test('a waiting reader ends with its signal and with the journal', async () => {
  const journal = await openJournal(await temporaryFolder());
  const stop = new AbortController();
  const first = journal.read({ follow: true, signal: stop.signal })[Symbol.asyncIterator]().next();
  const second = journal.read({ follow: true, signal: new AbortController().signal })[Symbol.asyncIterator]().next();
  stop.abort();
  expect(await first).toMatchObject({ done: true });
  await journal.close();
  expect(await second).toMatchObject({ done: true });
});

test('a segment whose file is gone, and that is not off the list yet, is passed by', async () => {
  const folder = await temporaryFolder();
  const before = await openJournal(folder, { segmentBytes: 4096 });
  for (let i = 0; i < 40; i++) await before.append([delivery('z'.repeat(300))]);
  await before.close();
  const gone = withResolvers();
  const synced = withResolvers();
  let isGone = false;
  const files: JournalFiles = {
    ...nodeFiles,
    async remove(path) {
      await nodeFiles.remove(path);
      isGone = true;
      gone.resolve();
    },
    // The folder of a busy disk takes its time.
    async syncDirectory(path) {
      if (isGone) await synced.promise;
      await nodeFiles.syncDirectory(path);
    },
  };
  const journal = await openJournal(folder, { segmentBytes: 4096, files });
  journal.settle(upTo(30));
  await gone.promise;
  try {
    expect((await readAll(journal)).map(({ position }) => position)).toEqual(upTo(40).slice(30));
  } finally {
    synced.resolve();
  }
});

test('any mix of appends, settling and restarts reads back what is not settled', async () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 30 }),
      bytes: fc.integer({ min: 0, max: 600 }),
    }),
    fc.record({
      kind: fc.constant('settle' as const),
      modulus: fc.integer({ min: 1, max: 4 }),
      below: fc.integer({ min: 0, max: 100 }),
    }),
    fc.record({ kind: fc.constant('restart' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const folder = await temporaryFolder();
      let journal = await openJournal(folder, { segmentBytes: 4096 });
      const open = new Map<number, number>();
      let last = 0;
      for (const each of steps) {
        if (each.kind === 'append') {
          const { first } = await journal.append(
            Array.from({ length: each.count }, () => delivery('z'.repeat(each.bytes))),
          );
          expect(first).toBe(last + 1);
          for (let i = 0; i < each.count; i++) open.set(first + i, each.bytes);
          last += each.count;
        } else if (each.kind === 'settle') {
          const settled = [...open.keys()].filter((position) => position % each.modulus === 0 && position > each.below);
          journal.settle(settled);
          for (const position of settled) open.delete(position);
        } else {
          await journal.close();
          journal = await openJournal(folder, { segmentBytes: 4096 });
        }
        const read = (await readAll(journal)).map(({ position, record }) => [
          position,
          record.type === 'delivery' ? record.payload.length : -1,
        ]);
        expect(read).toEqual([...open]);
      }
      await journal.close();
    }),
    { numRuns: 40 },
  );
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((r) => (resolve = r));
  return { promise, resolve };
}
