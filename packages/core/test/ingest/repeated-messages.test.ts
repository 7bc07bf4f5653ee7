import { memoryJournal, memoryStorage, memoryTransport, type Delivery, type MemoryStorage } from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { expect, test } from 'vitest';
import { lineCodec } from '../support/line-codec.js';
import { rig, START_MS } from '../support/rig.js';

const DAY_MS = 86_400_000;

/** One run over storage that stays, receiving what its broker marks so. */
async function run(storage: MemoryStorage, atMs: number, marks: Partial<Delivery>, messages: [string, object][]) {
  const inner = memoryTransport();
  const transport = {
    ...inner,
    async *receive(...args: Parameters<typeof inner.receive>) {
      for await (const batch of inner.receive(...args)) yield batch.map((delivery) => ({ ...delivery, ...marks }));
    },
  };
  // A journal with an id of its own: positions of an earlier one say nothing.
  const codec = lineCodec({ maxAheadMs: 300_000 });
  const parts = rig({ storage, codec, journal: memoryJournal() }, transport, manualClock(atMs));
  await parts.pipeline.open();
  for (const [topic, body] of messages) await inner.inject(topic, JSON.stringify(body));
  await parts.pipeline.drain();
  await parts.pipeline.close();
}

test('what a broker keeps is one row, however often and how much later we start', async () => {
  const storage = memoryStorage();
  for (const afterMs of [0, 60_000, 8 * DAY_MS, 300 * DAY_MS]) {
    await run(storage, START_MS + afterMs, { retained: true }, [['s/a/temperature', { v: 21 }]]);
  }
  expect(storage.rows('sensor_temperature')).toMatchObject([{ value: 21, timestamp: START_MS }]);
  // Otherwise the same words are said twice.
  for (const afterMs of [0, 60_000]) await run(storage, START_MS + afterMs, {}, [['s/a/temperature', { v: 21 }]]);
  expect(storage.rows('sensor_temperature')).toHaveLength(3);
});

test('a status that a broker has kept is no event of now', async () => {
  const storage = memoryStorage();
  const online = (): readonly unknown[] => storage.rows('device_events').filter(({ event }) => event === 'online');
  await run(storage, START_MS, { retained: true }, [['s/a/status', { v: 1 }]]);
  expect(online()).toHaveLength(0);
  await run(storage, START_MS + 1_000, {}, [['s/a/status', { v: 1 }]]);
  expect(online()).toHaveLength(1);
});

test.each([
  ['with a count', { b: 1, n: 7 }],
  ['with a time alone', {}],
])('stamped by us since its clock was ahead, sent again when that is credible: one row (%s)', async (_how, count) => {
  const storage = memoryStorage();
  const reading: [string, object] = ['s/a/temperature', { v: 21, t: START_MS + 360_000, ...count }];
  await run(storage, START_MS, {}, [reading]);
  expect(storage.rows('sensor_temperature')).toMatchObject([{ timestamp: START_MS, time_source: 'server' }]);
  await run(storage, START_MS + 120_000, { dup: true }, [reading]);
  expect(storage.rows('sensor_temperature')).toHaveLength(1);
});

test('a command that another device has had under the same id has a row of its own', async () => {
  const storage = memoryStorage();
  const featuresUsed = { audioFeatures: [] };
  const command = { commandId: '1', timestampMs: START_MS, position: 50, confidence: 1, featuresUsed };
  await run(storage, START_MS, {}, [
    ['w/a', command],
    ['w/b', command],
    ['w/a', command],
  ]);
  expect(storage.rows('window_actions').map(({ device_id }) => device_id)).toEqual(['a', 'b']);
});
