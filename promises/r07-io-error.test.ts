import type { Journal } from '@louver/core';
import { expect, test } from 'vitest';
import { JournalModel, openOn } from '../packages/core/test/journal/journal-model.js';
import { failure, SimulatedDisk, type Operation } from '../packages/core/test/journal/simulated-disk.js';
import { delivery } from '../packages/core/test/journal/support.js';

const ROUNDS = 6;

/** Appends side by side, inserts, segments that come and go, one of them pinned. */
async function run(journal: Journal, model: JournalModel): Promise<void> {
  await model.append(journal, 2, 200);
  for (let round = 0; round < ROUNDS; round++) {
    const appends = await Promise.allSettled([model.append(journal, 2, 150), model.append(journal, 2, 150)]);
    for (const each of appends) if (each.status === 'rejected') throw each.reason;
    const fresh = [...model.owed.keys()].filter((position) => position > 1);
    await (
      await model.store(journal, 0, fresh)
    )();
    model.settle(journal, fresh);
  }
}

/** The n-th operation of this kind fails, once: a disk that works again afterwards has still lost what it had in hand. */
function failOnce(disk: SimulatedDisk, kind: Operation['kind'], n: number): () => boolean {
  let left = n;
  disk.before = (operation) => {
    if (operation.kind === kind && left-- === 0) throw failure('EIO');
  };
  return () => left < 0;
}

test.each(['sync', 'write', 'open', 'syncDirectory'] as const)(
  'R7: an I/O error at every %s of a run: fail-stop, and nothing unsynced was acknowledged',
  async (kind) => {
    for (let n = 0; ; n++) {
      const disk = new SimulatedDisk();
      const model = new JournalModel();
      const failed = failOnce(disk, kind, n);
      const journal = await openOn(disk).catch((error: unknown) => error as Error);
      if (journal instanceof Error) {
        expect(journal).toMatchObject({ code: 'E_JOURNAL_IO', message: expect.stringContaining('EIO') as string });
      } else {
        const error = await run(journal, model).catch((each: unknown) => each);
        if (!failed()) {
          expect(error).toBeUndefined();
          await journal.close();
          expect(n).toBeGreaterThan(ROUNDS);
          return;
        }
        // It may have come after the last append: then the next one says it.
        for (const rejected of [error ?? (await refusal(journal)), await refusal(journal)]) {
          expect(rejected).toMatchObject({ code: 'E_JOURNAL_IO', retryable: false });
        }
        await expect(journal.sent({ table: 'dead_letters', positions: [1] })).rejects.toMatchObject({
          code: 'E_JOURNAL_IO',
        });
        expect(journal.health!()).toMatchObject({ ok: false, reason: expect.stringContaining('EIO') as string });
        await journal.close();
      }
      // The power goes too: what was not synced is lost.
      const after = await openOn(disk.afterPowerCut(() => 0));
      await model.check(after);
      await model.append(after, 1, 10);
      await after.close();
    }
  },
);

async function refusal(journal: Journal): Promise<unknown> {
  return journal.append([delivery('later')]).then(
    () => 'acknowledged',
    (error: unknown) => error,
  );
}

test('R7: a segment that cannot be removed stays, and what is younger stays with it; it goes when it can', async () => {
  for (let n = 0; n < 3; n++) {
    const disk = new SimulatedDisk();
    const model = new JournalModel();
    const journal = await openOn(disk);
    const failed = failOnce(disk, 'remove', n);
    await run(journal, model);
    await run(journal, model);
    expect(failed()).toBe(true);
    await journal.close();
    const after = disk.afterPowerCut(() => 0);
    const segments = [...after.content().keys()].filter((path) => path.endsWith('.seg'));
    expect(segments.length).toBeLessThanOrEqual(4);
    await model.check(await openOn(after));
  }
});

test('R7: an error while what a full disk left is cut off: fail-stop', async () => {
  const disk = new SimulatedDisk();
  const model = new JournalModel();
  const journal = await openOn(disk, { segmentBytes: 64_000 });
  await model.append(journal, 1, 100);
  disk.capacity = disk.used;
  disk.before = ({ kind }) => {
    if (kind === 'truncate') throw failure('EIO');
  };
  await expect(model.append(journal, 1, 8000)).rejects.toMatchObject({ code: 'E_JOURNAL_IO' });
  disk.before = () => undefined;
  expect(await refusal(journal)).toMatchObject({ code: 'E_JOURNAL_IO' });
  await journal.close();
  await model.check(await openOn(disk.afterPowerCut(() => 1)));
});
