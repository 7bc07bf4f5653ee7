import {
  createPipeline,
  deadband,
  defaultContext,
  memoryJournal,
  memoryStorage,
  memoryTransport,
  type Journal,
  type MemoryStorage,
  type Transport,
} from '@louver/core';
import { everyCrashPoint, incarnation, manualClock, sampled, type Incarnation } from '@louver/core/testkit';
import { describe, expect, test } from 'vitest';
import { lineCodec } from '../support/line-codec.js';
import { settled, START_MS } from '../support/rig.js';

const context = defaultContext({ clock: manualClock(START_MS) });

describe('a life', () => {
  test('without a crash it takes its steps and ends', async () => {
    const life = incarnation();
    let result = 0;
    await life.live(async () => {
      result = (await life.step('add', async () => 1)) + (await life.look(async () => 2));
    });
    expect([result, life.crashed, life.steps]).toEqual([3, false, ['add (before)', 'add (after)']]);
  });

  test('crashed before a step: it is not done; after it: done, and nobody is told', async () => {
    for (const [crashAt, expected] of [
      [1, []],
      [2, ['a']],
      [3, ['a']],
      [4, ['a', 'b']],
    ] as const) {
      const life = incarnation({ crashAt });
      const done: string[] = [];
      const told: string[] = [];
      await life.live(async () => {
        for (const name of ['a', 'b', 'c']) {
          await life.step(name, async () => done.push(name));
          told.push(name);
        }
      });
      expect([done, told.length, life.crashed]).toEqual([expected, Math.floor((crashAt - 1) / 2), true]);
    }
  });

  test('the error of a run, and of a step, comes through; after the crash it does not', async () => {
    const life = incarnation();
    const fail = async (): Promise<void> => {
      throw new Error('no');
    };
    await expect(life.live(() => life.step('x', fail))).rejects.toThrow('no');
    const dead = incarnation({ crashAt: 1 });
    await dead.live(() => dead.step('x', fail));
    expect(dead.crashed).toBe(true);
  });

  test('what was on its way when it crashed has arrived when the next one begins', async () => {
    const life = incarnation();
    const done: string[] = [];
    let arrive = (): void => undefined;
    let isOver = false;
    const living = life
      .live(() =>
        life.step('slow', async () => {
          await new Promise<void>((resolve) => (arrive = resolve));
          done.push('slow');
        }),
      )
      .then(() => (isOver = true));
    await settled();
    life.crash();
    await settled();
    expect([done, isOver]).toEqual([[], false]);
    arrive();
    await living;
    expect(done).toEqual(['slow']);
  });
});

describe('wrapped parts', () => {
  test('a dead transport acknowledges nothing and gives nothing out', async () => {
    const life = incarnation();
    const memory = memoryTransport();
    const transport = life.transport(memory);
    await transport.open(context);
    const { signal } = new AbortController();
    const iterator = transport.receive(['#'], { maxUnsettled: 10, signal })[Symbol.asyncIterator]();
    let isAcknowledged = false;
    void memory.inject('t', '1').then(() => (isAcknowledged = true));
    const { value } = (await iterator.next()) as { value: Parameters<Transport['receive']>[0] };
    life.crash();
    (value[0] as unknown as { ack(receipt: unknown): void }).ack({});
    void memory.inject('t', '2');
    let isGiven = false;
    void iterator.next().then(() => (isGiven = true));
    await settled();
    expect([isAcknowledged, isGiven]).toEqual([false, false]);
  });

  test('a dead journal takes nothing, frames nothing and settles nothing', async () => {
    const memory = memoryJournal();
    await memory.open(context);
    const life = incarnation();
    const journal = life.journal(memory);
    const record = { type: 'delivery', topic: 't', payload: new Uint8Array(), receivedAtMs: START_MS } as const;
    await journal.append([record]);
    const frame = await journal.sent({ table: 'sensor_temperature', positions: [1] });
    await frame.done();
    const steps = ['append', 'sent sensor_temperature', 'done sensor_temperature'].flatMap((name) => [
      `journal.${name} (before)`,
      `journal.${name} (after)`,
    ]);
    expect(life.steps).toEqual(steps);
    life.crash();
    journal.settle([1]);
    void journal.append([record]);
    await settled();
    expect(await positions(memory)).toEqual([1]);
    expect(life.steps).toEqual(steps);
  });
});

async function positions(journal: Journal): Promise<number[]> {
  const found: number[] = [];
  for await (const entries of journal.read({ follow: false, signal: new AbortController().signal })) {
    found.push(...entries.map(({ position }) => position));
  }
  return found;
}

describe('every crash point', () => {
  /** Readings in, rows out, over what outlives a crash. The sender sends again what was not acknowledged. */
  async function run(life: Incarnation, storage: MemoryStorage, unsent: Set<number>, hasty = false): Promise<void> {
    const clock = manualClock(START_MS);
    const memory = memoryTransport();
    const pipeline = createPipeline({
      transport: life.transport(memory),
      codec: lineCodec(),
      storage: life.storage(storage),
      detector: deadband({ temperature: 0.5 }),
      durability: hasty ? 'none' : 'storage',
      context: { clock, random: () => 0.5 },
    });
    await life.live(async () => {
      await pipeline.open();
      const sent = [...unsent].map(async (n) => {
        await memory.inject('s/a/temperature', JSON.stringify({ v: n, t: START_MS + n }));
        unsent.delete(n);
      });
      await Promise.all([...sent, hasty ? pipeline.drain() : pipeline.idle().then(() => pipeline.drain())]);
      await pipeline.close();
    });
  }

  const values = (storage: MemoryStorage) =>
    storage
      .rows('sensor_temperature')
      .map(({ value }) => value)
      .sort();

  test('of a pipeline that acknowledges what is stored: one row each, wherever it dies', async () => {
    const points = await everyCrashPoint((life) => run(life, memoryStorage(), new Set([1, 2, 3])));
    expect(points.map(({ name }) => name)).toContain('storage.write sensor_temperature (after)');
    let crashed = 0;
    for (const point of points) {
      const storage = memoryStorage();
      const unsent = new Set([1, 2, 3]);
      const life = point.incarnation();
      await run(life, storage, unsent);
      if (life.crashed) crashed++;
      await run(incarnation(), storage, unsent);
      expect([point.name, values(storage)]).toEqual([point.name, [1, 2, 3]]);
    }
    // On a busy machine a life may need one batch fewer, and come to its end before its step.
    expect(crashed).toBeGreaterThan(points.length / 2);
  });

  test('one that promises before it stores is found out', async () => {
    const lost: string[] = [];
    for (const point of await everyCrashPoint((life) => run(life, memoryStorage(), new Set([1, 2, 3]), true))) {
      const storage = memoryStorage();
      const unsent = new Set([1, 2, 3]);
      await run(point.incarnation(), storage, unsent, true);
      await run(incarnation(), storage, unsent, true);
      if (values(storage).length < 3) lost.push(point.name);
    }
    expect(lost).toContain('storage.write sensor_temperature (before)');
  });
});

test('a run without a step has no point to crash at, and says so', async () => {
  const storage = memoryStorage();
  const unwrapped = everyCrashPoint((life) => life.live(() => storage.open(context)));
  await expect(unwrapped).rejects.toMatchObject({
    code: 'E_CONFIG',
    message: expect.stringMatching(/no step \(0 steps\).*life\.storage.*life\.live.*topic/) as string,
  });
});

test('a sample has one of each stretch', () => {
  const all = Array.from({ length: 100 }, (_, i) => i);
  expect(sampled(all, 4, () => 0)).toEqual([0, 25, 50, 75]);
  expect(sampled(all, 4, () => 0.999)).toEqual([24, 49, 74, 99]);
  expect(sampled(all, 100, () => 0.5)).toBe(all);
  expect(sampled([], 3, () => 0.5)).toEqual([]);
});
