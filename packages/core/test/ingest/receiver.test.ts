import {
  defaultContext,
  LouverError,
  memoryJournal,
  memoryTransport,
  noMetrics,
  silentLogger,
  type Journal,
  type JournalRecord,
  type Transport,
} from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Decoder, type Decoded } from '../../src/ingest/decoder.js';
import { Receiver, type ReceiverOptions } from '../../src/ingest/receiver.js';
import { lineCodec } from '../support/line-codec.js';
import { settled, START_MS } from '../support/rig.js';

async function receiving(journal: Journal, overrides: Partial<ReceiverOptions> = {}) {
  const clock = manualClock(START_MS);
  const context = defaultContext({ clock, random: () => 0.5 });
  const transport = memoryTransport();
  const seen: string[] = [];
  const errors: LouverError[] = [];
  await transport.open(context);
  await journal.open(context);
  const receiver = new Receiver({
    transport,
    filters: ['s/+/+'],
    journal,
    decoder: new Decoder(lineCodec(), () => 'j'),
    maxUnsettled: 4096,
    context,
    acknowledge: 'append',
    onHeld: () => {},
    onDecoded: ({ message }) => void seen.push(Buffer.from(message.payload).toString()),
    onDurable: () => {},
    onError: (error) => void errors.push(error),
    ...overrides,
  });
  receiver.start();
  onTestFinished(() => receiver.close());
  return { receiver, transport, clock, seen, errors };
}

/** A journal that takes what it is told to. */
function choosy(refuse: (records: readonly JournalRecord[]) => LouverError | undefined) {
  const inner = memoryJournal();
  const appended: string[] = [];
  const journal: Journal = {
    ...inner,
    async append(records) {
      const error = refuse(records);
      if (error !== undefined) throw error;
      for (const record of records) {
        if (record.type === 'delivery') appended.push(Buffer.from(record.payload).toString('latin1', 0, 8));
      }
      return inner.append(records);
    },
  };
  return { journal, appended };
}

describe('a journal without room', () => {
  const full = () => new LouverError('E_JOURNAL_FULL', 'no room');

  test('what is held is looked at at once, tried again, acknowledged in order, and told once per try', async () => {
    let isFull = true;
    const { journal, appended } = choosy(() => (isFull ? full() : undefined));
    const { receiver, transport, clock, seen, errors } = await receiving(journal);
    const acknowledged: number[] = [];
    for (let i = 0; i < 5; i++) {
      void transport.inject('s/a/temperature', String(i)).then(() => acknowledged.push(i));
      await settled(3);
    }
    expect(seen).toEqual(['0', '1', '2', '3', '4']);
    expect(acknowledged).toEqual([]);
    expect(errors).toHaveLength(1);
    expect(receiver.journalTrouble).toMatchObject({ code: 'E_JOURNAL_FULL' });
    await clock.advance(10_000);
    expect(errors.length).toBeLessThan(20);
    isFull = false;
    void transport.inject('s/a/temperature', '5').then(() => acknowledged.push(5));
    await settled(3);
    await clock.advance(2_000);
    await receiver.idle();
    expect(appended).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(acknowledged).toEqual([0, 1, 2, 3, 4, 5]);
    expect(seen).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(receiver.journalTrouble).toBeUndefined();
  });

  test('a flood that is larger than the journal is taken in parts', async () => {
    const bytes = (records: readonly JournalRecord[]): number =>
      records.reduce((sum, record) => sum + (record.type === 'delivery' ? record.payload.byteLength : 0), 0);
    const largest: number[] = [];
    const { journal, appended } = choosy((records) => {
      largest.push(bytes(records));
      return bytes(records) > 2_000_000
        ? new LouverError('E_JOURNAL_FULL', 'it never fits', { retryable: false })
        : undefined;
    });
    const { receiver, transport } = await receiving(journal);
    const payload = new Uint8Array(300_000);
    const all = Promise.all(Array.from({ length: 40 }, () => transport.inject('s/a/audio', payload)));
    await all;
    await receiver.idle();
    expect(appended).toHaveLength(40);
    expect(Math.max(...largest)).toBeLessThanOrEqual(1024 * 1024);
  });

  test('a message that no journal can keep holds up none that came with it', async () => {
    const { journal, appended } = choosy((records) =>
      records.some((record) => record.type === 'delivery' && record.topic === 's/a/bad')
        ? new LouverError('E_CONFIG', 'a topic that cannot be kept')
        : undefined,
    );
    const { transport, errors } = await receiving(journal);
    const acknowledged: string[] = [];
    for (const value of ['1', '2', 'bad', '3', '4']) {
      const topic = value === 'bad' ? 's/a/bad' : 's/a/temperature';
      void transport.inject(topic, value).then(() => acknowledged.push(value));
    }
    await settled(20);
    expect(appended).toEqual(['1', '2', '3', '4']);
    expect(acknowledged).toEqual(['1', '2', '3', '4']);
    expect(errors).toMatchObject([{ code: 'E_CONFIG' }]);
  });

  test('QoS 0 is shed and counted: it is looked at, and its place is free again', async () => {
    const counted = new Map<string, number>();
    const metrics = {
      ...noMetrics,
      count: (name: string, _: unknown, by = 1) => void counted.set(name, by + (counted.get(name) ?? 0)),
    };
    const { journal } = choosy(full);
    const context = defaultContext({ clock: manualClock(START_MS), metrics });
    const { transport, seen, errors } = await receiving(journal, { context });
    const receipt = await transport.inject('s/a/temperature', '1', { qos: 0 });
    expect(receipt.level).toBe('none');
    expect(seen).toEqual(['1']);
    expect(errors).toHaveLength(1);
    expect(counted.get('shed_total')).toBe(1);
  });

  test('what is shed is said once while there is no room, and how much it was afterwards', async () => {
    const lines: unknown[] = [];
    const logger = { ...silentLogger, warn: (message: string, fields?: object) => void lines.push([message, fields]) };
    const context = defaultContext({ clock: manualClock(START_MS), logger });
    let isFull = true;
    const { journal } = choosy(() => (isFull ? full() : undefined));
    const { transport } = await receiving(journal, { context });
    for (let n = 0; n < 3; n++) await transport.inject('s/a/temperature', String(n), { qos: 0 });
    expect(lines).toEqual([['QoS 0 messages are shed while the journal has no room', undefined]]);
    isFull = false;
    await transport.inject('s/a/temperature', '3');
    expect(lines.slice(1)).toEqual([['the journal has room again, QoS 0 messages were shed', { count: 3 }]]);
  });

  test('what is shed leaves no line behind: once there is room the next message is taken', async () => {
    let isFull = true;
    const { journal, appended } = choosy(() => (isFull ? full() : undefined));
    const { transport, clock } = await receiving(journal);
    await transport.inject('s/a/temperature', 'shed', { qos: 0 });
    isFull = false;
    void transport.inject('s/a/temperature', 'kept');
    await settled(3);
    await clock.advance(10_000);
    await settled(3);
    expect(appended).toEqual(['kept']);
  });

  test('records of our own go past the line, into the room that is kept for them', async () => {
    const inner = choosy(() => undefined);
    const journal: Journal = {
      ...inner.journal,
      append: (records, options) => (options?.own === true ? inner.journal.append(records) : Promise.reject(full())),
    };
    const { receiver, transport, clock } = await receiving(journal);
    void transport.inject('s/a/temperature', 'held');
    await settled(3);
    await receiver.note([
      { type: 'delivery', topic: 's/a/own', payload: Buffer.from('own'), receivedAtMs: clock.now() },
    ]);
    expect(inner.appended).toEqual(['own']);
    expect(receiver.lastPosition).toBe(1);
  });

  test('where all of it has no room, a part of it may', async () => {
    const { journal, appended } = choosy((records) => (records.length > 3 ? full() : undefined));
    const flood = 10;
    const { receiver, transport, clock } = await receiving(journal);
    const all = Promise.all(Array.from({ length: flood }, (_, i) => transport.inject('s/a/temperature', String(i))));
    await settled(3);
    for (let i = 0; appended.length < flood; i++) {
      expect(i).toBeLessThan(100);
      await clock.advance(2_000);
      await settled(3);
    }
    await all;
    await receiver.idle();
    expect(appended.toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: flood }, (_, i) => String(i)),
    );
  });

  test('what was shown while it was held is told of once it is durable', async () => {
    let isFull = true;
    const { journal } = choosy(() => (isFull ? full() : undefined));
    const told: string[] = [];
    const text = ({ message }: Decoded): string => Buffer.from(message.payload).toString();
    const { receiver, transport, clock } = await receiving(journal, {
      onDecoded: (decoded, { durable }) => void told.push(`${durable ? 'durable' : 'held'} ${text(decoded)}`),
      onDurable: (decoded) => void told.push(`now durable ${text(decoded)}`),
    });
    void transport.inject('s/a/temperature', '1');
    await settled(3);
    isFull = false;
    await clock.advance(2_000);
    await settled(3);
    void transport.inject('s/a/temperature', '2');
    await settled(3);
    await receiver.idle();
    expect(told).toEqual(['held 1', 'now durable 1', 'durable 2']);
  });

  test('closing gives up what is held: its senders have it', async () => {
    const { journal } = choosy(full);
    const { receiver, transport } = await receiving(journal);
    let acknowledged = false;
    void transport.inject('s/a/temperature', '1').then(() => (acknowledged = true));
    await settled();
    await receiver.close();
    await receiver.idle();
    expect(acknowledged).toBe(false);
  });
});

test('after an I/O failure nothing is acknowledged, nor tried again', async () => {
  let tries = 0;
  const { journal } = choosy(() => {
    tries++;
    return new LouverError('E_JOURNAL_IO', 'the disk failed');
  });
  const { receiver, transport, clock, errors } = await receiving(journal);
  let acknowledged = false;
  void transport.inject('s/a/temperature', '1').then(() => (acknowledged = true));
  await settled();
  await clock.advance(60_000);
  await receiver.idle();
  expect({ acknowledged, tries }).toEqual({ acknowledged: false, tries: 1 });
  expect(errors.map(({ code }) => code)).toEqual(['E_JOURNAL_IO']);
  expect(receiver.journalTrouble).toMatchObject({ code: 'E_JOURNAL_IO' });
});

test('what is acknowledged and not looked at yet is bounded', async () => {
  let pulled = 0;
  const flood: Transport = {
    ...memoryTransport(),
    async *receive(_filters, { signal }) {
      while (!signal.aborted && pulled < 100_000) {
        pulled += 10;
        yield Array.from({ length: 10 }, () => ({
          topic: 's/a/temperature',
          payload: Buffer.from('{"v":1,"t":1}'),
          receivedAtMs: START_MS,
          qos: 1 as const,
          retained: false,
          ack() {},
          nack() {},
        }));
      }
    },
  };
  let looked = 0;
  let behind = 0;
  await receiving(memoryJournal({ maxRecords: 1e9 }), {
    transport: flood,
    maxUnsettled: 100,
    onDecoded() {
      behind = Math.max(behind, pulled - ++looked);
      const untilMs = performance.now() + 1;
      while (performance.now() < untilMs);
    },
  });
  await settled(100);
  expect(looked).toBeGreaterThan(100);
  expect(behind).toBeLessThan(1000);
});
