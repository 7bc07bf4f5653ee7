import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createPipeline,
  deadband,
  localEngine,
  memoryStorage,
  memoryTransport,
  type MemoryStorage,
  type OutboundMessage,
  type StorageAdapter,
} from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { faultyTransport, manualClock, steppingClock } from '@louver/core/testkit';
import { esp32Codec } from '@louver/device-esp32';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { linearPredictor, loudnessFeatures } from '../packages/core/test/support/test-parts.js';
import { ending } from './support/ending.js';
import { chdbStore, memoryStore, type ReadingsStore } from './support/readings-store.js';

const HOUR_MS = 3_600_000;
/** A tenth of a second before a new month. */
const START_MS = Date.UTC(2026, 1, 1) - 100;
const BOOT_STAMP = '1970-01-01T00:00:05Z';
const FUTURE_STAMP = '2099-07-01T00:00:00Z';

let folder: string;
let homes = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-r09-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A server whose clock is set by others, over a journal and a database that outlive it. */
function server(storage: StorageAdapter, home = join(folder, String(homes++)), startMs = START_MS) {
  const manual = manualClock(startMs);
  const clock = steppingClock(manual);
  const memory = memoryTransport();
  const transport = faultyTransport(memory);
  const published: OutboundMessage[] = [];
  memory.onPublish((message) => published.push(message));
  const pipeline = createPipeline({
    transport,
    codec: esp32Codec(),
    storage,
    journal: fileJournal(home),
    detector: deadband({ temperature: 0.5, humidity: 2 }),
    engine: localEngine({
      features: loudnessFeatures(),
      predictor: linearPredictor(),
      commandTtlMs: 600_000,
    }),
    context: { clock, random: () => 0.5 },
  });
  onTestFinished(() => ending(pipeline.close(), manual));
  const send = (deviceId: string, body: object, quantity = 'temperature') =>
    memory.inject(`sensor/${deviceId}/${quantity}`, JSON.stringify(body));
  const commands = (deviceId: string) => published.filter(({ topic }) => topic === `window/${deviceId}/control`).length;
  return { pipeline, transport, memory, clock, manual, home, send, commands };
}

const iso = (ms: number): string => new Date(ms).toISOString();

describe.each(['memory', 'chdb'])('stored in %s', (kind) => {
  let store: ReadingsStore;
  let round = 0;
  let id: (name: string) => string;
  beforeAll(async () => {
    store = kind === 'memory' ? await memoryStore() : await chdbStore(join(folder, 'clickhouse'));
  });
  afterAll(() => store.close());
  beforeEach(() => {
    const number = ++round;
    id = (name) => `${name}-${number}`;
  });
  const latest = async (deviceId: string) => (await store.storage.reader!.latest(deviceId)).map(({ value }) => value);

  test('R9: devices at 1970, at 2099, without a clock, and one that jumps, around the end of a month', async () => {
    const { pipeline, send, manual, clock } = server(store.storage);
    await pipeline.open();
    const stamps: Readonly<Record<string, readonly (string | undefined)[]>> = {
      past: [BOOT_STAMP, BOOT_STAMP, BOOT_STAMP],
      future: [FUTURE_STAMP, FUTURE_STAMP, FUTURE_STAMP],
      none: [undefined, undefined, undefined],
      empty: ['', '', ''],
      jumping: [FUTURE_STAMP, 'now', BOOT_STAMP],
      sound: ['now', 'now', 'now'],
    };
    // Each device's three readings are 80 ms apart: in January, on the border, in February; all in one batch.
    const sent: { device: string; value: number; stamp: string; ms: number; source: string }[] = [];
    for (let n = 0; n < 3; n++) {
      for (const [device, each] of Object.entries(stamps)) {
        const value = n + 1;
        const stamp = each[n] === 'now' ? iso(clock.now()) : each[n];
        const source = each[n] === 'now' ? 'device' : 'server';
        await send(id(device), stamp === undefined ? { value } : { value, timestamp: stamp });
        sent.push({ device, value, stamp: stamp ?? '', ms: clock.now(), source });
      }
      await manual.advance(80);
    }
    await pipeline.drain();
    for (const device of Object.keys(stamps)) {
      // The future device sends the same bytes for another value: the stamp tells nothing, but it identifies.
      const expected = sent.filter((each) => each.device === device).map(({ device: _, ...reading }) => reading);
      expect([device, await store.temperatures(id(device))]).toEqual([device, expected]);
      expect([device, await latest(id(device))]).toEqual([device, [3]]);
    }
    expect(pipeline.health()).toMatchObject({ state: 'ready', reasons: [] });
  });

  test('R9: a stamp of long ago or of tomorrow holds nobody up: a hundred months in one batch', async () => {
    const { pipeline, send } = server(store.storage);
    await pipeline.open();
    const sending = Array.from({ length: 110 }, (_, month) =>
      send(id('late'), { value: month / 10, timestamp: iso(Date.UTC(2016, month, 15)) }),
    );
    sending.push(send(id('neighbour'), { value: 1, timestamp: iso(START_MS) }), send(id('ahead'), { value: 2, timestamp: FUTURE_STAMP })); // prettier-ignore
    await Promise.all(sending);
    await pipeline.drain();
    expect((await store.temperatures(id('late'))).map(({ ms }) => ms)).toEqual(
      Array.from({ length: 110 }, (_, month) => Date.UTC(2016, month, 15)),
    );
    expect((await store.temperatures(id('neighbour'))).map(({ value }) => value)).toEqual([1]);
    expect((await store.temperatures(id('ahead'))).map(({ ms }) => ms)).toEqual([START_MS]);
  });

  test.each([
    ['forward', HOUR_MS],
    ['back', -HOUR_MS],
    ['forward by days', 6 * 24 * HOUR_MS],
    ['back by days', -6 * 24 * HOUR_MS],
  ])("R9: the server's clock is set %s between the copies of a message, with a restart: one row", async (_, stepMs) => {
    const first = server(store.storage);
    await first.pipeline.open();
    const bodies: Readonly<Record<string, object>> = {
      counted: { value: 1, boot: 1, seq: 1 },
      'counted-past': { value: 2, boot: 1, seq: 2, timestamp: BOOT_STAMP },
      'counted-future': { value: 3, boot: 1, seq: 3, timestamp: FUTURE_STAMP },
      future: { value: 4, timestamp: FUTURE_STAMP },
      sound: { value: 5, timestamp: iso(START_MS) },
    };
    const sendAll = ({ send }: Pick<typeof first, 'send'>): Promise<unknown> =>
      Promise.all(Object.entries(bodies).map(([device, body]) => send(id(device), body)));
    await sendAll(first);
    await first.pipeline.drain();
    first.clock.step(stepMs);
    await sendAll(first);
    await first.pipeline.drain();
    await ending(first.pipeline.close(), first.manual);
    const second = server(store.storage, first.home, START_MS + stepMs + 5000);
    await second.pipeline.open();
    // What a sender repeats because it has had no acknowledgement is marked by it, or by its broker.
    second.transport.dropAcknowledgements(true);
    const answered = sendAll(second);
    await expect.poll(() => second.transport.unacknowledged).toBe(Object.keys(bodies).length);
    second.transport.dropAcknowledgements(false);
    second.transport.reconnect();
    await answered;
    await second.pipeline.drain();
    for (const device of Object.keys(bodies)) {
      const found = (await store.temperatures(id(device))).map(({ value, ms }) => ({ value, ms }));
      expect([device, found]).toEqual([device, [{ value: (bodies[device] as { value: number }).value, ms: START_MS }]]);
    }
  });

  test("R9: the server's clock is set while it works: rows go on, each with the time of its receipt, marked", async () => {
    const { pipeline, send, clock, manual } = server(store.storage);
    await pipeline.open();
    const expected: { value: number; source: string; ms: number }[] = [];
    let value = 0;
    for (const stepMs of [0, HOUR_MS, -2 * HOUR_MS, 40 * 24 * HOUR_MS, -39 * 24 * HOUR_MS]) {
      clock.step(stepMs);
      await send(id('none'), { value: ++value });
      expected.push({ value, source: 'server', ms: clock.now() });
      // Its batch must not wait for the time that was set back.
      const stored = async (): Promise<number> => {
        await manual.advance(50);
        return (await store.temperatures(id('none'))).length;
      };
      await expect.poll(stored).toBe(value);
    }
    const found = (await store.temperatures(id('none'))).map(({ stamp: _, ...reading }) => reading);
    expect(found).toEqual(expected.toSorted((a, b) => a.ms - b.ms));
    expect(pipeline.health()).toMatchObject({ state: 'ready', reasons: [] });
  });
});

describe('life and expiry', () => {
  const activity = (storage: MemoryStorage, deviceId: string): boolean | undefined =>
    storage
      .rows('device_registry')
      .filter((row) => row.device_id === deviceId)
      .reduce<{ last_seen: number; is_active?: boolean }>(
        (newest, row) => (row.last_seen >= newest.last_seen ? row : newest),
        { last_seen: -Infinity },
      ).is_active;

  test.each([
    ['forward', HOUR_MS],
    ['back', -HOUR_MS],
  ])('R9: set %s, a device that goes on is active, and one that falls silent is not for ever', async (_, stepMs) => {
    const storage = memoryStorage();
    const { pipeline, send, clock, manual } = server(storage);
    await pipeline.open();
    await send('talks', { value: 1 });
    await send('silent', { value: 1 });
    clock.step(stepMs);
    // Silence of ten minutes, and once more the hour that the clock was ahead of itself.
    for (let minute = 0; minute < 10 + 60 + 2; minute++) {
      await send('talks', { value: 2 });
      await manual.advance(60_000);
    }
    await send('talks', { value: 3 });
    await pipeline.drain();
    expect([activity(storage, 'talks'), activity(storage, 'silent')]).toEqual([true, false]);
  });

  test('R9: a command that has expired by the clock of now is not sent again', async () => {
    const { pipeline, send, memory, clock, commands } = server(memoryStorage());
    await pipeline.open();
    const decide = async (device: string): Promise<void> => {
      await send(device, { value: 20, timestamp: iso(clock.now()) });
      await send(device, { value: 50, timestamp: iso(clock.now()) }, 'humidity');
      await pipeline.drain();
      expect(commands(device)).toBe(1);
    };
    const online = async (device: string): Promise<void> => {
      await memory.inject(`sensor/${device}/status`, 'online');
      await pipeline.drain();
    };
    await decide('a');
    await online('a');
    await expect.poll(() => commands('a')).toBe(2);
    clock.step(HOUR_MS);
    await online('a');
    clock.step(-2 * HOUR_MS);
    await decide('b');
    await online('b');
    // Sent on the same way, and later than one of a's would have been.
    await expect.poll(() => commands('b')).toBe(2);
    expect(commands('a')).toBe(2);
  });
});
