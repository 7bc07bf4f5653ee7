import fc from 'fast-check';
import { memoryJournal, memoryStorage, type MemoryStorage } from '@louver/core';
import { expect, test } from 'vitest';
import { rig } from '../support/rig.js';

const DAY_MS = 86_400_000;
/** The last seconds of a month, so that rows fall on both sides of its border. */
const BORDER_MS = Date.UTC(2026, 0, 31, 23, 59, 58);

interface Message {
  readonly topic: string;
  readonly payload: string;
}

const message = fc
  .record({
    device: fc.constantFrom('a', 'b'),
    quantity: fc.constantFrom('temperature', 'humidity', 'co2'),
    value: fc.integer({ min: -50, max: 50 }),
    atMs: fc.oneof(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: -7 * DAY_MS, max: 0 })),
  })
  .map(({ device, quantity, value, atMs }): Message => ({
    topic: `s/${device}/${quantity}`,
    payload: JSON.stringify({ v: value, t: BORDER_MS + atMs }),
  }));

const scenario = fc
  .uniqueArray(message, { selector: ({ topic, payload }) => topic + payload, minLength: 1, maxLength: 30 })
  .chain((inOrder) =>
    fc.record({
      inOrder: fc.constant(inOrder),
      // Each up to five times, anywhere.
      shuffled: fc.tuple(...inOrder.map(() => fc.integer({ min: 1, max: 5 }))).chain((times) =>
        fc.shuffledSubarray(
          inOrder.flatMap((each, i) => Array.from({ length: times[i]! }, () => each)),
          {
            minLength: times.reduce((sum, n) => sum + n, 0),
          },
        ),
      ),
      restartAfter: fc.nat(60),
    }),
  );

const TABLES = ['sensor_temperature', 'sensor_humidity', 'sensor_scalar'] as const;

function rowsOf(storage: MemoryStorage): readonly string[] {
  return TABLES.flatMap((table) =>
    storage.rows(table).map(({ received_at: _, ...row }) => JSON.stringify([table, row])),
  ).sort();
}

async function run(storage: MemoryStorage, messages: readonly Message[]): Promise<void> {
  const { pipeline, transport, clock } = rig({ storage, journal: memoryJournal(), engine: undefined as never });
  await pipeline.open();
  for (const [i, { topic, payload }] of messages.entries()) {
    await transport.inject(topic, payload);
    if (i % 7 === 0) await clock.advance(250);
  }
  await pipeline.drain();
  await pipeline.close();
}

test('shuffled, repeated and late, with a restart in between, the rows are the same as in order', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ inOrder, shuffled, restartAfter }) => {
      const expected = memoryStorage();
      await run(expected, inOrder);
      const found = memoryStorage();
      await run(found, shuffled.slice(0, restartAfter));
      await run(found, shuffled.slice(restartAfter));
      expect(rowsOf(found)).toEqual(rowsOf(expected));
      expect(rowsOf(found)).toHaveLength(inOrder.length);
    }),
    { numRuns: 50 },
  );
});
