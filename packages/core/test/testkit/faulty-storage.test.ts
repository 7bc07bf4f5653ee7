import { defaultContext, memoryStorage, type ScalarRow } from '@louver/core';
import { faultyStorage, manualClock, type StorageFault } from '@louver/core/testkit';
import { describe, expect, test } from 'vitest';
import { settled, START_MS } from '../support/rig.js';

function row(value: number): ScalarRow {
  const sensor = { timestamp: START_MS, device_id: 'a', received_at: START_MS, time_source: 'device' } as const;
  return { ...sensor, device_timestamp: '', message_id: `m${value}`, value };
}

const keyOf = (value: number) => ({ deviceId: 'a', fromMs: START_MS, toMs: START_MS, id: `m${value}` });

async function rig() {
  const clock = manualClock(START_MS);
  const memory = memoryStorage();
  const storage = faultyStorage(memory, { clock });
  await storage.open(defaultContext({ clock }));
  const values = () => memory.rows('sensor_temperature').map(({ value }) => value);
  const write = (value: number, signal?: AbortSignal) =>
    storage.write('sensor_temperature', [row(value)], signal === undefined ? {} : { signal });
  /** How a call ends, when it does. */
  const fate = <T>(call: Promise<T>) => {
    const found = { state: 'pending' as 'pending' | 'resolved' | 'rejected' };
    call.then(
      () => (found.state = 'resolved'),
      () => (found.state = 'rejected'),
    );
    return found;
  };
  return { clock, memory, storage, values, write, fate };
}

test('without a fault it is the storage beneath', async () => {
  const { storage, memory, write, values } = await rig();
  await write(1);
  expect(values()).toEqual([1]);
  expect(await storage.present!('sensor_temperature', [keyOf(1), keyOf(2)])).toEqual([true, false]);
  expect(await storage.reader!.newestMs()).toBe(START_MS);
  expect({ name: storage.name, supports: storage.supports }).toEqual({ name: memory.name, supports: memory.supports });
  expect(Object.keys(storage.reader!).sort()).toEqual(Object.keys(memory.reader).sort());
});

describe('refused', () => {
  test('before: retryable, and nothing is applied', async () => {
    const { storage, write, values } = await rig();
    storage.fail({ on: 'write', how: 'refuse' });
    await expect(write(1)).rejects.toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    expect(values()).toEqual([]);
    storage.mend();
    await write(2);
    expect(values()).toEqual([2]);
  });

  test('after: the same words, and the rows are in', async () => {
    const { storage, write, values } = await rig();
    storage.fail({ on: 'write', how: 'refuse', when: 'after' });
    await expect(write(1)).rejects.toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    expect(values()).toEqual([1]);
  });

  test.each<[string, StorageFault]>([
    ['open', { on: 'open', how: 'refuse' }],
    ['present', { on: 'present', how: 'refuse' }],
    ['reader', { on: 'reader', how: 'refuse' }],
    ['every operation', { how: 'refuse' }],
    ['several', { on: ['open', 'present', 'reader'], how: 'refuse' }],
  ])('%s', async (which, fault) => {
    const { storage, write } = await rig();
    storage.fail(fault);
    const calls = {
      open: () => storage.open(defaultContext()),
      present: () => storage.present!('sensor_temperature', [keyOf(1)]),
      reader: () => storage.reader!.latest(),
      write: () => write(1),
    };
    for (const [op, call] of Object.entries(calls)) {
      const isRefused = which === op || which === 'every operation' || (which === 'several' && op !== 'write');
      const outcome = await call().then(
        () => false,
        () => true,
      );
      expect({ op, isRefused: outcome }).toEqual({ op, isRefused });
    }
  });

  test('for one table, after some calls, so many times', async () => {
    const { storage, write, values } = await rig();
    storage.fail({ on: 'write', table: 'sensor_temperature', how: 'refuse', afterCalls: 1, times: 2 });
    await storage.write('sensor_humidity', [row(0)]);
    const outcomes = [];
    for (let i = 1; i <= 5; i++) {
      outcomes.push(
        await write(i).then(
          () => 'ok',
          () => 'refused',
        ),
      );
    }
    expect(outcomes).toEqual(['ok', 'refused', 'refused', 'ok', 'ok']);
    expect(values()).toEqual([1, 4, 5]);
    expect([storage.calls('write'), storage.calls('write', 'sensor_temperature')]).toEqual([6, 5]);
    expect([storage.calls('write', 'sensor_humidity'), storage.calls('present')]).toEqual([1, 0]);
  });
});

test('rows that a predicate chooses are rejected, with all that come with them', async () => {
  const { storage, values } = await rig();
  const stop = storage.fail({ how: 'reject', rows: (found) => 'value' in found && found.value === 7 });
  await expect(storage.write('sensor_temperature', [row(6), row(7)])).rejects.toMatchObject({
    code: 'E_STORAGE_REJECTED',
    retryable: false,
  });
  await storage.write('sensor_temperature', [row(8)]);
  expect(values()).toEqual([8]);
  stop();
  await storage.write('sensor_temperature', [row(7)]);
  storage.fail({ how: 'reject', rows: () => true, table: 'sensor_humidity' });
  await storage.write('sensor_temperature', [row(9)]);
  await expect(storage.write('sensor_humidity', [row(9)])).rejects.toMatchObject({ code: 'E_STORAGE_REJECTED' });
  expect(values()).toEqual([8, 7, 9]);
});

describe('hanging', () => {
  test('before: nothing is applied until it is released', async () => {
    const { storage, write, values, fate } = await rig();
    storage.fail({ on: 'write', how: 'hang' });
    const found = fate(write(1));
    await settled();
    expect([found.state, values()]).toEqual(['pending', []]);
    storage.mend();
    await settled();
    expect([found.state, values()]).toEqual(['resolved', [1]]);
  });

  test('after: the rows are in, and nobody is told', async () => {
    const { storage, write, values, fate } = await rig();
    const release = storage.fail({ on: 'write', how: 'hang', when: 'after' });
    const found = fate(write(1));
    await settled();
    expect([found.state, values()]).toEqual(['pending', [1]]);
    release();
    await settled();
    expect(found.state).toBe('resolved');
  });

  test('ends when the caller gives up, in doubt', async () => {
    const { storage, write, values } = await rig();
    storage.fail({ on: 'write', how: 'hang' });
    const giveUp = new AbortController();
    const call = write(1, giveUp.signal);
    giveUp.abort();
    await expect(call).rejects.toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    expect(values()).toEqual([]);
  });
});

test('slow: by the injected clock', async () => {
  const { storage, clock, write, values, fate } = await rig();
  storage.fail({ on: 'write', how: 'slow', delayMs: 3000 });
  const found = fate(write(1));
  await clock.advance(2999);
  await settled();
  expect([found.state, values()]).toEqual(['pending', []]);
  await clock.advance(1);
  await settled();
  expect([found.state, values()]).toEqual(['resolved', [1]]);
});

test('faults add up: slow, then refused', async () => {
  const { storage, clock, write, fate } = await rig();
  storage.fail({ on: 'write', how: 'slow', delayMs: 1000 });
  storage.fail({ on: 'write', how: 'refuse', when: 'after' });
  const found = fate(write(1));
  await settled();
  expect(found.state).toBe('pending');
  await clock.advance(1000);
  await settled();
  expect(found.state).toBe('rejected');
});
