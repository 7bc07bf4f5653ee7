import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPipeline, deadband, memoryTransport, type StorageAdapter } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { faultyStorage, manualClock } from '@louver/core/testkit';
import { esp32Codec } from '@louver/device-esp32';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chdbStore, memoryStore, type ReadingsStore } from './support/readings-store.js';
import { ending } from './support/ending.js';
import { SEED, tiered } from './support/tier.js';

const DAY_MS = 86_400_000;
/** The last seconds of a month, so that rows fall on both sides of its border. */
const BORDER_MS = Date.UTC(2026, 0, 31, 23, 59, 58);

interface Message {
  readonly topic: string;
  readonly payload: string;
}

const device = fc.constantFrom('a', 'b', 'c');
const atMs = fc.oneof(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: -7 * DAY_MS, max: 0 }));
const stamp = atMs.map((ms) => new Date(BORDER_MS + ms).toISOString());
const value = fc.integer({ min: 0, max: 50 });

const plain = fc
  .record({ device, value, stamp, quantity: fc.constantFrom('temperature', 'humidity', 'co2') })
  .map((each): Message => ({
    topic: `sensor/${each.device}/${each.quantity}`,
    payload: JSON.stringify({ value: each.value, timestamp: each.stamp }),
  }));
/** Without a clock, but with a count of its own; or with a clock that is far ahead. */
const counted = fc
  .record({ device, value, seq: fc.nat(40), ahead: fc.boolean() })
  .map(({ device: name, value: found, seq, ahead }): Message => ({
    topic: `sensor/${name}/temperature`,
    payload: JSON.stringify({ value: found, boot: 5, seq, ...(ahead && { timestamp: '2099-01-01T00:00:00Z' }) }),
  }));
const telemetry = fc
  .record({ device, temperature: value, humidity: fc.oneof(value, fc.constant('wet')), stamp })
  .map((each): Message => ({
    topic: `devices/${each.device}/telemetry`,
    payload: JSON.stringify({
      temperature: each.temperature,
      humidity: each.humidity,
      heating: 'ON',
      battery_level: 80,
      timestamp: each.stamp,
    }),
  }));

/** What names a message: two that share it are the same one, whatever else they hold. */
function identity({ topic, payload }: Message): string {
  const { boot, seq } = JSON.parse(payload) as { boot?: number; seq?: number };
  return seq === undefined ? topic + payload : `${topic} ${boot} ${seq}`;
}

const scenario = fc
  .uniqueArray(fc.oneof(plain, counted, telemetry), { selector: identity, minLength: 1, maxLength: 25 })
  .chain((inOrder) =>
    fc.record({
      inOrder: fc.constant(inOrder),
      // Each up to five times, anywhere.
      shuffled: fc.tuple(...inOrder.map(() => fc.integer({ min: 1, max: 5 }))).chain((times) => {
        const all = inOrder.flatMap((each, i) => Array.from({ length: times[i]! }, () => each));
        return fc.shuffledSubarray(all, { minLength: all.length });
      }),
      restartsAfter: fc.array(fc.nat(60), { maxLength: 3 }),
    }),
  );

let folder: string;
let homes = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-r10-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Life {
  readonly storage: StorageAdapter;
  readonly home: string;
  /** Before the names of devices. */
  readonly prefix: string;
  readonly messages: readonly Message[];
  readonly startMs: number;
  /** Storage fails in the middle of this life: what has not been stored by then is left to the journal, some of it in doubt. */
  readonly isAway: boolean;
}

async function live({ storage, home, prefix, messages, startMs, isAway }: Life): Promise<number> {
  const clock = manualClock(startMs);
  const transport = memoryTransport();
  const faulty = faultyStorage(storage);
  if (isAway) faulty.fail({ on: 'write', how: 'refuse', when: 'after', afterCalls: 1 });
  const pipeline = createPipeline({
    transport,
    codec: esp32Codec(),
    storage: faulty,
    journal: fileJournal(home),
    detector: deadband({}),
    context: { clock, random: () => 0.5 },
  });
  await pipeline.open();
  const named = (topic: string): string => topic.replace('/', `/${prefix}`);
  for (const [i, { topic, payload }] of messages.entries()) {
    const sent = transport.inject(named(topic), payload);
    if (i % 3 === 0) await sent;
    if (i % 7 === 0) await clock.advance(250);
  }
  if (!isAway) await ending(pipeline.drain(), clock);
  await ending(pipeline.close(), clock);
  return clock.now() + 1000;
}

interface Scenario {
  readonly inOrder: readonly Message[];
  readonly shuffled: readonly Message[];
  readonly restartsAfter: readonly number[];
}

async function sameAsInOrder(store: ReadingsStore, { inOrder, shuffled, restartsAfter }: Scenario): Promise<void> {
  const prefix = `r${homes}-`;
  const home = (): string => join(folder, String(homes++));
  const startMs = BORDER_MS + 4000;
  const ordered = await memoryStore();
  const { storage } = ordered;
  await live({ storage, home: home(), prefix, messages: inOrder, startMs, isAway: false });
  const expected = await ordered.rows(prefix);

  const cuts = [0, ...restartsAfter.toSorted((a, b) => a - b), shuffled.length];
  const own = home();
  let nowMs = startMs;
  for (let part = 1; part < cuts.length; part++) {
    const messages = shuffled.slice(cuts[part - 1], cuts[part]);
    const isAway = part % 2 === 1 && part < cuts.length - 1;
    nowMs = await live({ storage: store.storage, home: own, prefix, messages, startMs: nowMs, isAway });
  }
  const found = await store.rows(prefix);
  expect(found).toEqual(expected);
  expect(found.length).toBeGreaterThanOrEqual(inOrder.length);
}

describe('shuffled, ×5, up to seven days late, over the end of a month, with restarts', () => {
  test('R10: the same rows as in order, in memory', async () => {
    const runs = tiered(50, 3000);
    await fc.assert(
      fc.asyncProperty(scenario, async (found) => sameAsInOrder(await memoryStore(), found)),
      { numRuns: runs, seed: SEED },
    );
    console.info(`R10: ${runs} runs in memory, the same rows (seed ${SEED})`);
  });

  test('R10: the same rows as in order, in chdb', async () => {
    const runs = tiered(6, 300);
    const store = await chdbStore(join(folder, 'clickhouse'));
    try {
      await fc.assert(
        fc.asyncProperty(scenario, (found) => sameAsInOrder(store, found)),
        { numRuns: runs, seed: SEED, endOnFailure: true },
      );
    } finally {
      await store.close();
    }
    console.info(`R10: ${runs} runs in chdb, the same rows (seed ${SEED})`);
  });
});
