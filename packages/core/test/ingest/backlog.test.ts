import { LouverError, memoryStorage } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import type { ManualClock } from '@louver/core/testkit';
import { expect, test } from 'vitest';
import { awayStorage, folder } from '../support/faults.js';
import { lineCodec } from '../support/line-codec.js';
import { rig, settled, until } from '../support/rig.js';

/** Time, and what the machine does meanwhile. */
async function passing(clock: ManualClock): Promise<void> {
  await clock.advance(200);
  await settled(1);
}

test('a large backlog is read ahead little at first', async () => {
  const path = await folder();
  const before = rig({ storage: awayStorage().storage, journal: fileJournal(path), engine: undefined as never });
  await before.pipeline.open();
  const sent = Array.from({ length: 9_000 }, (_, i) =>
    before.send(i % 3 === 0 ? 's/a/humidity' : 's/a/temperature', i),
  );
  await Promise.all(sent);
  let isClosed = false;
  void before.pipeline.close().then(() => (isClosed = true));
  await until(
    () => isClosed,
    () => passing(before.clock),
  );

  const memory = memoryStorage();
  const readAtWrite: number[] = [];
  let read = 0;
  const inner = lineCodec();
  const { pipeline } = rig({
    journal: fileJournal(path),
    engine: undefined as never,
    // What is replayed is decoded once before anything is stored.
    codec: { ...inner, decode: (message) => (read++, inner.decode(message)) },
    storage: {
      ...memory,
      async write(table, rows) {
        readAtWrite.push(read - 9_000);
        return memory.write(table, rows);
      },
    },
  });
  await pipeline.open();
  // The clock stands still: nothing is written because it has waited long enough.
  await until(() => readAtWrite.length > 0);
  await pipeline.drain();
  expect(readAtWrite[0]).toBeLessThanOrEqual(2_000);
  // Two tables that store at once widen it once: 4,000 more than the 1,000 that are stored.
  expect(readAtWrite[1]).toBeLessThanOrEqual(5_000);
  expect(memory.rows('sensor_temperature')).toHaveLength(6_000);
  expect(memory.rows('sensor_humidity')).toHaveLength(3_000);
  await pipeline.close();
});

/** A pipeline whose first 5,000 rows are of one table, which fails as `fault` says, and the next one of another: until that one is stored. */
async function besideFailing(fault: () => Promise<void>) {
  const memory = memoryStorage();
  const { pipeline, send, clock } = rig({
    engine: undefined as never,
    storage: {
      ...memory,
      async write(table, rows) {
        if (table === 'sensor_scalar') await fault();
        return memory.write(table, rows);
      },
    },
  });
  await pipeline.open();
  await Promise.all(Array.from({ length: 5_000 }, (_, i) => send('s/a/co2', i)));
  await send('s/a/temperature', 20);
  await until(
    () => memory.rows('sensor_temperature').length === 1,
    () => passing(clock),
  );
  return { pipeline, memory };
}

test('a table that cannot be written keeps the rows of others from nothing, also when its own come first', async () => {
  const { pipeline } = await besideFailing(() =>
    Promise.reject(new LouverError('E_STORAGE_UNAVAILABLE', 'table is read-only')),
  );
  await pipeline.close();
});

test('nor does a table whose first write hangs', async () => {
  let release = (): void => undefined;
  const hanging = new Promise<void>((resolve) => (release = resolve));
  const { pipeline, memory } = await besideFailing(() => hanging);
  release();
  await pipeline.drain();
  expect(memory.rows('sensor_scalar')).toHaveLength(5_000);
  await pipeline.close();
});
