import { defaultContext, durableReceipt, memoryStorage, type Delivery, type OutboundMessage } from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { FrontDesk } from '../../src/devices/front-desk.js';
import { ManualControl } from '../../src/devices/manual-control.js';
import { TimeTeller } from '../../src/devices/time-teller.js';
import { memoryTransport } from '../../src/memory/memory-transport.js';
import { lineCodec } from '../support/line-codec.js';
import { lineTalk } from '../support/line-talk.js';
import { rig, settled, START_MS } from '../support/rig.js';
import { keepingLogger } from '../support/test-parts.js';

const talk = lineTalk;

let clock: ReturnType<typeof manualClock>;
let logger: ReturnType<typeof keepingLogger>;
let counted: Record<string, number>;
/** Publishes under way, oldest first. */
let sending: { message: OutboundMessage; over: () => void; signal: AbortSignal | undefined }[];
let acked: number;
let desk: FrontDesk;

beforeEach(() => {
  clock = manualClock(START_MS);
  logger = keepingLogger();
  counted = {};
  sending = [];
  acked = 0;
  const metrics = {
    count: (name: string, labels: object = {}) => {
      const key = [name, ...Object.values(labels)].join(' ');
      counted[key] = (counted[key] ?? 0) + 1;
    },
    observe: () => undefined,
    gauge: () => undefined,
  };
  const context = defaultContext({ clock, logger, metrics });
  const transport = {
    ...memoryTransport(),
    publish: (message: OutboundMessage, signal?: AbortSignal) =>
      new Promise<void>((over) => sending.push({ message, over, signal })),
  };
  const time = new TimeTeller({ talk, transport, context });
  const windows = new ManualControl({
    codec: lineCodec(),
    transport,
    commandTtlMs: 300_000,
    lastAction: undefined,
    context,
    onSent: () => undefined,
  });
  desk = new FrontDesk({ talk, time, windows, context });
});

function ask(deviceId: string, payload: string, changes: Partial<Delivery> = {}): boolean {
  return desk.take({
    topic: `time?/${deviceId}`,
    payload: Buffer.from(payload),
    receivedAtMs: clock.now(),
    qos: 1,
    retained: false,
    ack: () => void acked++,
    nack: () => expect.unreachable(),
    ...changes,
  });
}

const answers = () => sending.map(({ message }) => JSON.parse(String(message.payload)) as object);

describe('a device asks for the time', () => {
  test('it is told when its request came and when it was answered, and gets its own time back', () => {
    expect(ask('a', '12.5', { receivedAtMs: START_MS - 3 })).toBe(true);
    expect(answers()).toEqual([
      { kind: 'time-told', deviceSentMs: 12.5, serverReceivedMs: START_MS - 3, serverSentMs: START_MS },
    ]);
    expect(acked).toBe(1);
  });

  test('never answered before it was asked, also when the clock was set back', () => {
    ask('a', '1', { receivedAtMs: START_MS + 5_000 });
    expect(answers()).toMatchObject([{ serverReceivedMs: START_MS + 5_000, serverSentMs: START_MS + 5_000 }]);
  });

  test('what is no request is somebody else’s', () => {
    expect(desk.take({ ...delivery('s/a/temperature') })).toBe(false);
    expect(sending).toEqual([]);
  });

  test('one answer under way for each device, the other requests are shed and counted', async () => {
    for (let i = 0; i < 5; i++) ask('a', String(i));
    ask('b', '7');
    expect(answers()).toMatchObject([{ deviceSentMs: 0 }, { deviceSentMs: 7 }]);
    expect(counted).toEqual({ 'time_requests_total shed': 4 });
    sending[0]!.over();
    await settled();
    ask('a', '5');
    expect(answers()).toHaveLength(3);
    expect(acked).toBe(7);
  });

  test('so many devices at once are bounded', () => {
    for (let i = 0; i < 1_500; i++) ask(`d${i}`, '1');
    expect(sending).toHaveLength(1_000);
    expect(counted).toEqual({ 'time_requests_total shed': 500 });
  });

  test('an answer that does not go out within 10 s is given up: nobody would believe it', async () => {
    ask('a', '1');
    await clock.advance(10_000);
    await settled();
    expect(sending[0]!.signal?.aborted).toBe(true);
    expect(counted).toEqual({ 'time_requests_total failed': 1 });
    ask('a', '2');
    expect(answers()).toHaveLength(2);
  });

  test('malformed or retained requests are counted and settled, and said once in 10 s', async () => {
    for (let i = 0; i < 1_000; i++) ask('a', 'x');
    ask('a', '1', { retained: true });
    expect(sending).toEqual([]);
    expect(acked).toBe(1_001);
    expect(counted).toEqual({ 'asked_refused_total time-asked': 1_001 });
    expect(logger.lines).toMatchObject([
      { level: 'warn', message: 'not answered', fields: { topic: 'time?/a', why: 'no number' } },
    ]);
    await clock.advance(10_000);
    ask('a', 'x');
    expect(logger.lines[1]).toMatchObject({ fields: { othersSince: 1_000 } });
  });
});

function delivery(topic: string): Delivery {
  const settle = (): never => expect.unreachable();
  return {
    topic,
    payload: Buffer.from('1'),
    receivedAtMs: START_MS,
    qos: 1,
    retained: false,
    ack: settle,
    nack: settle,
  };
}

test('in a pipeline it is answered while storage hangs, and what is malformed is set aside nowhere', async () => {
  const storage = memoryStorage();
  const write = storage.write.bind(storage);
  let hanging = true;
  storage.write = (...args) => (hanging ? new Promise<never>(() => undefined) : write(...args));
  const { pipeline, transport, clock, published, send } = rig({ codec: { ...lineCodec(), talk }, storage });
  await pipeline.open();
  await send('s/a/temperature', 20);
  expect(await transport.inject('time?/a', '42')).toEqual(durableReceipt('none', START_MS));
  await transport.inject('time?/a', 'nonsense');
  await settled();
  expect(published.filter(({ topic }) => topic === 'time!/a')).toHaveLength(1);
  hanging = false;
  await transport.inject('s/b/temperature', 'nonsense');
  await pipeline.idle();
  await clock.advance(200);
  await settled();
  expect(storage.rows('dead_letters').map(({ topic }) => topic)).toEqual(['s/b/temperature']);
});
