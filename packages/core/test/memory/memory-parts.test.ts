import {
  defaultContext,
  memoryJournal,
  memoryStorage,
  memoryTransport,
  type DeliveryRecord,
  type Tables,
} from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { describe, expect, test } from 'vitest';
import { settled, START_MS } from '../support/rig.js';

const context = defaultContext({ clock: manualClock(START_MS) });
const record = (topic: string): DeliveryRecord => ({
  type: 'delivery',
  topic,
  payload: new Uint8Array(),
  receivedAtMs: START_MS,
});

describe('journal', () => {
  test('counts positions from 1, reads what is not settled, follows', async () => {
    const journal = memoryJournal();
    await journal.open(context);
    expect(await journal.append([record('a'), record('b')])).toMatchObject({ first: 1, receipt: { level: 'none' } });
    journal.settle([1]);
    const stop = new AbortController();
    const read: number[] = [];
    const reading = (async () => {
      for await (const entries of journal.read({ follow: true, signal: stop.signal })) {
        for (const { position } of entries) read.push(position);
      }
    })();
    await settled();
    expect(await journal.append([record('c')])).toMatchObject({ first: 3 });
    await settled();
    expect(read).toEqual([2, 3]);
    stop.abort();
    await reading;
  });

  test('refuses beyond its bound, takes again once something is settled', async () => {
    const journal = memoryJournal({ maxRecords: 2 });
    await journal.open(context);
    await journal.append([record('a'), record('b')]);
    await expect(journal.append([record('c')])).rejects.toMatchObject({ code: 'E_JOURNAL_FULL', retryable: true });
    journal.settle([1]);
    expect(await journal.append([record('c')])).toMatchObject({ first: 3 });
  });

  test('keeps a sixteenth of its room for records of our own', async () => {
    const journal = memoryJournal({ maxRecords: 32 });
    await journal.open(context);
    await journal.append(Array.from({ length: 30 }, () => record('a')));
    await expect(journal.append([record('b')])).rejects.toMatchObject({ code: 'E_JOURNAL_FULL' });
    await journal.append([record('c'), record('d')], { own: true });
    await expect(journal.append([record('e')], { own: true })).rejects.toMatchObject({ code: 'E_JOURNAL_FULL' });
  });

  test('reads from a position on', async () => {
    const journal = memoryJournal();
    await journal.open(context);
    await journal.append([record('a'), record('b'), record('c')]);
    journal.settle([2]);
    const read: number[] = [];
    for await (const entries of journal.read({ follow: false, signal: new AbortController().signal, from: 2 })) {
      for (const { position } of entries) read.push(position);
    }
    expect(read).toEqual([3]);
  });

  test('without following it ends at the last record of now', async () => {
    const journal = memoryJournal();
    await journal.open(context);
    await journal.append([record('a')]);
    const read: number[] = [];
    for await (const entries of journal.read({ follow: false, signal: new AbortController().signal })) {
      for (const { position } of entries) read.push(position);
    }
    expect(read).toEqual([1]);
  });
});

describe('transport', () => {
  async function opened(maxUnsettled: number) {
    const transport = memoryTransport();
    await transport.open(context);
    const stop = new AbortController();
    const receiving = transport.receive(['s/+/+', 'w/+'], { maxUnsettled, signal: stop.signal });
    return { transport, stop, iterator: receiving[Symbol.asyncIterator]() };
  }

  test('never has more than maxUnsettled open', async () => {
    const { transport, stop, iterator } = await opened(2);
    for (let i = 0; i < 3; i++) void transport.inject('s/a/temperature', '1').catch(() => {});
    const first = await iterator.next();
    expect(first.value).toHaveLength(2);
    const second = iterator.next();
    let came = false;
    void second.then(() => (came = true));
    await settled();
    expect(came).toBe(false);
    first.value![0]!.nack(new Error('later') as never);
    expect((await second).value).toHaveLength(1);
    stop.abort();
    expect((await iterator.next()).done).toBe(true);
  });

  test('what is published comes back before peers see it; a caller that gives up does not wait for that', async () => {
    const { transport, stop, iterator } = await opened(10);
    const seen: string[] = [];
    const forget = transport.onPublish(({ topic }) => seen.push(topic));
    const echoed = iterator.next();
    await transport.publish({ topic: 'other', payload: '', qos: 1 });
    const caller = new AbortController();
    const published = transport.publish({ topic: 'w/a', payload: '1', qos: 1 }, caller.signal);
    expect((await echoed).value).toMatchObject([{ topic: 'w/a' }]);
    expect(seen).toEqual(['other']);
    caller.abort();
    await expect(published).rejects.toMatchObject({ code: 'E_TRANSPORT' });
    await expect(transport.publish({ topic: 'w/a', payload: '1', qos: 1 }, caller.signal)).rejects.toThrow('given up');
    forget();
    stop.abort();
  });
});

describe('storage', () => {
  const action = (timestamp: number, temperature: number): Tables['window_actions'] => ({
    timestamp,
    device_id: 'a',
    position: 1,
    confidence: 1,
    temperature,
    humidity: NaN,
    audio_hash: '',
    command_id: `c${timestamp}`,
    request_id: '',
    source: 'model',
    model_version: '',
  });

  test('the last action is the newest that was decided from something', async () => {
    const storage = memoryStorage();
    await storage.open(context);
    await storage.write('window_actions', [action(3, NaN), action(2, 20), action(1, 19)]);
    expect((await storage.reader.lastActions()).map(({ command_id }) => command_id)).toEqual(['c2']);
  });

  test('presence is told by device, time range and id', async () => {
    const storage = memoryStorage();
    await storage.open(context);
    await storage.write('window_actions', [action(5, 20)]);
    const key = { deviceId: 'a', fromMs: 5, toMs: 5, id: 'c5' };
    const keys = [
      key,
      { ...key, deviceId: 'b' },
      { ...key, id: 'c6' },
      { ...key, fromMs: 6, toMs: 9 },
      { ...key, fromMs: 0 },
    ];
    expect(await storage.present!('window_actions', keys)).toEqual([true, false, false, false, true]);
  });

  test('the newest registry row of a device counts', async () => {
    const storage = memoryStorage();
    await storage.open(context);
    const device = {
      device_id: 'a',
      name: '',
      location: '',
      registered_at: 0,
      is_active: true,
      config: '',
      device_type: '',
    };
    const row = (name: string, last_seen: number) => ({ ...device, name, last_seen, metadata: '', deleted_at: 0 });
    await storage.write('device_registry', [row('new', 2), row('old', 1)]);
    expect(await storage.reader.devices()).toMatchObject([{ name: 'new' }]);
    expect(await storage.reader.newestMs()).toBe(-Infinity);
  });
});
