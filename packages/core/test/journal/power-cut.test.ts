import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { Journal } from '@louver/core';
import { expect, test } from 'vitest';
import { JournalModel, openOn } from './journal-model.js';
import { SimulatedDisk } from './simulated-disk.js';

/** A small generator of its own: the same lots in every run. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

class PowerCut extends Error {}

/** The disk stops at operation `at`, counted from now; false when it was not reached. */
function cutAt(disk: SimulatedDisk, at: number): () => boolean {
  const end = disk.operations + at;
  disk.before = () => {
    if (disk.operations > end) throw new PowerCut('the power is cut');
  };
  return () => disk.operations > end;
}

const LOTS: Readonly<Record<string, () => () => number>> = {
  'all that was not synced is lost': () => () => 0,
  'all is kept': () => () => 1,
  'names are kept, contents half': () => () => 0.51,
  ...Object.fromEntries([1, 2, 3, 4].map((seed) => [`by lot ${seed}`, () => seededRandom(seed)])),
};

/** One record is pinned at the beginning, those behind it go: what is known of it moves from segment to segment. */
async function pinned(journal: Journal, model: JournalModel): Promise<void> {
  await model.append(journal, 3, 200);
  const old = [...model.owed.keys()];
  await (
    await model.store(journal, 0, old)
  )();
  const later = await model.store(journal, 1, old);
  for (let round = 0; round < 4; round++) {
    await model.append(journal, 4, 180);
    const fresh = [...model.owed.keys()].slice(-4);
    await (
      await model.store(journal, 0, round === 1 ? [...old.slice(0, 1), ...fresh] : fresh)
    )();
    if (round === 2) await later();
    model.settle(journal, round === 0 ? [...fresh, old[2]!] : fresh);
  }
}

/** Two segments go at once, the second of which says what is stored of the first, and of what is settled in a pinned one. */
async function together(journal: Journal, model: JournalModel): Promise<void> {
  await model.append(journal, 4, 200);
  await model.append(journal, 2, 200);
  await (
    await model.store(journal, 0, [1, 5, 6])
  )();
  await model.append(journal, 1, 400);
  // So that SETTLED is written by itself, without the sync of an append.
  await nextTurn();
  model.settle(journal, [1, 5, 6]);
  await nextTurn();
  await model.append(journal, 2, 200);
  await (
    await model.store(journal, 1, [2, 3, 4, 7, 8, 9])
  )();
  await model.append(journal, 3, 200);
  model.settle(journal, [2, 3, 4, 7, 8, 9]);
}

const SCENARIOS = { pinned, together };

test.each(
  Object.entries(SCENARIOS).flatMap(([name, run]) =>
    Object.entries(LOTS).map(([lot, lots]) => ({ name, run, lot, lots })),
  ),
)('power cut at every operation ($name): $lot', async ({ run, lots }) => {
  for (let at = 0; ; at++) {
    const disk = new SimulatedDisk();
    const model = new JournalModel();
    const reached = cutAt(disk, at);
    try {
      const journal = await openOn(disk);
      await run(journal, model);
      await journal.close();
    } catch (error) {
      if (!reached()) throw error;
    }
    const journal = await openOn(disk.afterPowerCut(lots()));
    await model.check(journal);
    await model.append(journal, 1, 10);
    await journal.close();
    if (reached()) continue;
    expect(at).toBeGreaterThan(40);
    return;
  }
});

test('one pinned record: segments behind it go, and with each at most one checkpoint is written', async () => {
  const disk = new SimulatedDisk();
  const model = new JournalModel();
  const journal = await openOn(disk);
  await pinned(journal, model);
  const did = { sync: 0, open: 0, remove: 0 };
  disk.before = ({ kind, path }) => {
    if (path.endsWith('.seg') && kind in did) did[kind as keyof typeof did]++;
  };
  for (let round = 0; round < 30; round++) {
    await model.append(journal, 4, 200);
    const fresh = [...model.owed.keys()].slice(-4);
    await (
      await model.store(journal, 0, fresh)
    )();
    model.settle(journal, fresh);
  }
  await journal.close();
  expect(did.remove).toBeGreaterThan(25);
  // One for each append and each SENT, one for each new segment and each that goes, and now and then one for what rode along.
  expect(did.sync).toBeLessThanOrEqual(60 + did.open + did.remove + 5);
  disk.before = () => undefined;
  const files = [...disk.content()].filter(([path]) => path.endsWith('.seg'));
  expect(files.length).toBeLessThanOrEqual(3);
  expect(files[0]![0]).toContain('0000000001.seg');
  const reopened = await openOn(disk);
  await model.check(reopened, 'exactly');
  await reopened.close();
});

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 6 }), bytes: fc.integer({ min: 6, max: 400 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('settle' as const), modulus: fc.integer({ min: 2, max: 9 }), rest: fc.nat(8), keep: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('store' as const), table: fc.constantFrom(0 as const, 1 as const), from: fc.nat(20), count: fc.integer({ min: 1, max: 20 }), finish: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), at: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
); // prettier-ignore

test('any mix of appends, storing, settling, restarts and power cuts: nothing owed is lost, nothing stored is forgotten', async () => {
  let gone = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), async (steps, lots) => {
      let disk = new SimulatedDisk();
      const model = new JournalModel();
      const lot = (): number => lots.next().value as number;
      let reached = (): boolean => false;
      let journal = await openOn(disk);
      for (const each of steps) {
        try {
          if (each.kind === 'append') await model.append(journal, each.count, each.bytes);
          else if (each.kind === 'settle') {
            const which = [...model.owed.keys()].filter((position, i) => i >= each.keep && position % each.modulus !== each.rest);
            model.settle(journal, which);
          } else if (each.kind === 'store') {
            const which = [...model.owed.keys()].slice(each.from, each.from + each.count);
            if (which.length === 0) continue;
            const finish = await model.store(journal, each.table, which);
            if (each.finish) await finish();
          } else if (each.kind === 'cut') reached = cutAt(disk, each.at);
          else {
            await journal.close();
            journal = await openOn(disk);
            await model.check(journal, 'exactly');
          }
        } catch (error) {
          if (!reached()) throw error;
        }
        if (!reached()) continue;
        disk = disk.afterPowerCut(lot);
        reached = () => false;
        journal = await openOn(disk);
        await model.check(journal);
      }
      const numbers = [...disk.content().keys()].filter((path) => path.endsWith('.seg')).map((path) => parseInt(path.slice(-14), 10));
      if (numbers.some((number, i) => i > 0 && number - numbers[i - 1]! > 1)) gone++;
    }),
    { numRuns: 200 },
  );
  // It is about holes: they must come up.
  expect(gone).toBeGreaterThan(20);
}); // prettier-ignore
