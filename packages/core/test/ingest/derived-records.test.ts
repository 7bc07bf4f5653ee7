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
  for (let i = 0; i < 250; i++) derived.add([event(i)]);
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
  derived.add([event(1)]);
  await settled();
  await derived.close();
  expect(errors).toEqual(['E_JOURNAL_FULL', 'E_JOURNAL_FULL']);
});

test('a failed disk loses them, and they are told', async () => {
  const { derived, open, errors, appended } = writing(() => new LouverError('E_JOURNAL_IO', 'failed'));
  await open();
  derived.add([event(1), event(2)]);
  await derived.idle();
  expect({ errors, appended }).toEqual({ errors: ['E_JOURNAL_IO'], appended: [] });
});
