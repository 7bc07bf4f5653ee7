import { defaultContext, LouverError, memoryJournal, type DerivedRecord, type Journal } from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { expect, test } from 'vitest';
import { DerivedRecords } from '../../src/ingest/derived-records.js';
import { settled, START_MS } from '../support/rig.js';

const event = (n: number): DerivedRecord => ({
  type: 'derived',
  table: 'device_events',
  row: { timestamp: n, device_id: 'a', event: 'online', detail: '{}' },
});

function writing(refuse: () => LouverError | undefined) {
  const clock = manualClock(START_MS);
  const inner = memoryJournal();
  const appended: number[] = [];
  const errors: string[] = [];
  let last = 0;
  const journal: Journal = {
    ...inner,
    async append(records) {
      const error = refuse();
      if (error !== undefined) throw error;
      for (const record of records)
        if (record.type === 'derived') appended.push((record.row as { timestamp: number }).timestamp);
      return inner.append(records);
    },
  };
  const context = defaultContext({ clock, random: () => 0.5 });
  const derived = new DerivedRecords({
    journal,
    context,
    onAppended: (position) => (last = position),
    onError: ({ code }) => void errors.push(code),
  });
  return { derived, clock, appended, errors, open: () => journal.open(context), last: () => last };
}

test('they wait while the journal is full and keep their order', async () => {
  let full = true;
  const { derived, clock, appended, open, last } = writing(() =>
    full ? new LouverError('E_JOURNAL_FULL', 'no room') : undefined,
  );
  await open();
  for (let i = 0; i < 250; i++) void derived.add([event(i)]);
  await settled();
  await clock.advance(60_000);
  expect(appended).toEqual([]);
  full = false;
  await clock.advance(2_000);
  await derived.idle();
  expect(appended).toEqual(Array.from({ length: 250 }, (_, i) => i));
  expect(last()).toBe(250);
});

test('closing does not wait for room', async () => {
  const { derived, open, errors } = writing(() => new LouverError('E_JOURNAL_FULL', 'no room'));
  await open();
  void derived.add([event(1)]);
  await settled();
  await derived.close();
  expect(errors).toEqual(['E_JOURNAL_FULL', 'E_JOURNAL_FULL']);
});

test('a failed disk loses them, and they are told', async () => {
  const { derived, open, errors, appended } = writing(() => new LouverError('E_JOURNAL_IO', 'failed'));
  await open();
  void derived.add([event(1), event(2)]);
  await derived.idle();
  expect({ errors, appended }).toEqual({ errors: ['E_JOURNAL_IO'], appended: [] });
});

test('each is on its way at once, and whoever depends on it waits for it', async () => {
  const inner = memoryJournal();
  const begun: number[] = [];
  const finish: (() => void)[] = [];
  const journal: Journal = {
    ...inner,
    async append(records) {
      begun.push(records.length);
      await new Promise<void>((resolve) => finish.push(resolve));
      return inner.append(records);
    },
  };
  const context = defaultContext({ clock: manualClock(START_MS) });
  await journal.open(context);
  const derived = new DerivedRecords({ journal, context, onAppended: () => {}, onError: () => {} });
  const durable: number[] = [];
  for (const n of [1, 2]) void derived.add([event(n)]).then(() => durable.push(n));
  await settled();
  // The second did not wait behind the first: a command that follows it in the journal cannot come before it.
  expect({ begun, durable }).toEqual({ begun: [1, 1], durable: [] });
  finish[0]!();
  await settled();
  expect(durable).toEqual([1]);
  finish[1]!();
  await derived.idle();
  await settled();
  expect(durable).toEqual([1, 2]);
});
