import {
  defaultContext,
  LouverError,
  memoryJournal,
  memoryStorage,
  type RowKey,
  type StorageAdapter,
} from '@louver/core';
import { manualClock, type ManualClock } from '@louver/core/testkit';
import { expect, onTestFinished, test } from 'vitest';
import type { TableRow } from '../../src/ingest/rows.js';
import { SeenWindow } from '../../src/ingest/seen-window.js';
import { TableWriter } from '../../src/ingest/table-writer.js';
import { settled, START_MS } from '../support/rig.js';

function row(n: number, identified = true): TableRow {
  const timestamp = START_MS + n;
  const base = { timestamp, device_id: 'a', message_id: `m${n}`, received_at: timestamp };
  const key = { deviceId: 'a', fromMs: timestamp, toMs: timestamp, id: `m${n}` };
  const sensor = { ...base, time_source: 'device', device_timestamp: '', value: n } as const;
  return { table: 'sensor_temperature', row: sensor, key, identified };
}

async function writing(
  overrides: Partial<StorageAdapter> = {},
  maxRows = 100,
  clock: ManualClock = manualClock(START_MS),
) {
  const context = defaultContext({ clock, random: () => 0.5 });
  const memory = memoryStorage();
  const journal = memoryJournal();
  const log: string[] = [];
  await memory.open(context);
  await journal.open(context);
  const storage: StorageAdapter = {
    ...memory,
    async write(table, rows, options) {
      log.push(`write ${rows.map((r) => ('value' in r ? r.value : '?')).join(' ')}`);
      return memory.write(table, rows, options);
    },
    async present(table, keys) {
      log.push(`present ${keys.map(({ id }: RowKey) => id.slice(1)).join(' ')}`);
      return memory.present!(table, keys);
    },
    ...overrides,
  };
  const window = new SeenWindow();
  window.storedUpTo(-Infinity);
  const stop = new AbortController();
  const refused: unknown[] = [];
  const stored: number[] = [];
  const writer = new TableWriter({
    table: 'sensor_temperature',
    storage,
    journal: {
      ...journal,
      async sent({ positions }) {
        log.push(`sent ${positions.join(' ')}`);
        return { done: async () => void log.push('done') };
      },
    },
    window,
    context,
    maxRows,
    maxDelayMs: 200,
    storageReady: Promise.resolve(),
    signal: stop.signal,
    onStored: (positions) => void stored.push(...positions),
    onRefused: async (found) => void refused.push((found.row as { value: number }).value),
    onOutcome: () => {},
  });
  onTestFinished(async () => {
    stop.abort();
    await writer.finished();
  });
  const add = (position: number, rows: readonly TableRow[], inDoubt = false) => writer.add({ position, rows, inDoubt });
  const values = () => memory.rows('sensor_temperature').map(({ value }) => value);
  /** Lets the delay of a batch pass. */
  async function flush(ms = 200): Promise<void> {
    await settled();
    await clock.advance(ms);
    await settled();
  }
  return { writer, flush, memory, log, refused, stored, window, add, values };
}

test('rows are gathered, framed by SENT and DONE, and not looked up when there is no doubt', async () => {
  const { flush, log, stored, add } = await writing();
  add(1, [row(1)]);
  add(2, [row(2), row(3)]);
  await settled();
  expect(log).toEqual([]);
  await flush();
  expect(log).toEqual(['sent 1 2', 'write 1 2 3', 'done']);
  expect(stored).toEqual([1, 2]);
});

test('a full batch does not wait; the rows of one position stay together', async () => {
  const { log, add } = await writing({}, 4);
  add(1, [row(1), row(2), row(3)]);
  add(2, [row(4), row(5)]);
  await settled();
  expect(log).toEqual(['sent 1', 'write 1 2 3', 'done']);
});

test('a large backlog begins with a small batch, each further one may be twice as large', async () => {
  const { flush, log, add, stored } = await writing({}, 10_000);
  for (let n = 1; n <= 6_000; n++) add(n, [row(n)]);
  await settled();
  await flush();
  const sizes = log.filter((line) => line.startsWith('write')).map((line) => line.split(' ').length - 1);
  expect(sizes).toEqual([1_000, 2_000, 3_000]);
  expect(stored).toHaveLength(6_000);
});

test('rows that came while a batch was stored have waited already', async () => {
  let goOn = (): void => undefined;
  const memory = memoryStorage();
  await memory.open(defaultContext());
  const { flush, add, stored } = await writing({
    async write(table, rows) {
      await new Promise<void>((resolve) => (goOn = resolve));
      return memory.write(table, rows);
    },
  });
  add(1, [row(1)]);
  await flush();
  add(2, [row(2)]);
  await flush(150);
  goOn();
  await settled();
  expect(stored).toEqual([1]);
  await flush(50);
  goOn();
  await settled();
  expect(stored).toEqual([1, 2]);
});

test.each([-3_600_000, 3_600_000])(
  'a clock that is set by %d ms holds no row for longer than a batch waits',
  async (byMs) => {
    const real = manualClock(START_MS);
    let setMs = 0;
    const clock = { ...real, now: () => real.now() + setMs };
    const { add, stored } = await writing({}, 100, clock);
    add(1, [row(1)]);
    await settled();
    await real.advance(200);
    await settled();
    add(2, [row(2)]);
    setMs = byMs;
    await settled();
    await real.advance(200);
    await settled();
    expect(stored).toEqual([1, 2]);
  },
);

test('a write that failed half-way: what is there is looked up, only the rest is inserted', async () => {
  let failures = 1;
  const memory = memoryStorage();
  await memory.open(defaultContext());
  const { flush, stored, refused, add } = await writing({
    async write(table, rows) {
      if (failures-- > 0) {
        await memory.write(table, rows.slice(0, 2));
        throw new LouverError('E_STORAGE_UNAVAILABLE', 'connection lost');
      }
      return memory.write(table, rows);
    },
    present: (table, keys) => memory.present!(table, keys),
  });
  add(1, [row(1)]);
  add(2, [row(2), row(3)]);
  await flush();
  expect(stored).toEqual([]);
  await flush(1000);
  expect(memory.rows('sensor_temperature').map(({ value }) => value)).toEqual([1, 2, 3]);
  expect({ stored, refused }).toEqual({ stored: [1, 2], refused: [] });
});

test('storage that is away is tried once a second at the least; the rows follow within a second of its return', async () => {
  let attempts = 0;
  let isAway = true;
  const { flush, add, stored, log } = await writing({
    async present(_table, keys) {
      attempts++;
      if (isAway) throw new LouverError('E_STORAGE_UNAVAILABLE', 'nothing listens');
      return keys.map(() => true);
    },
    async write() {
      attempts++;
      throw new LouverError('E_STORAGE_UNAVAILABLE', 'nothing listens');
    },
  });
  add(1, [row(1)]);
  await flush();
  for (let second = 0; second < 60; second++) {
    const before = attempts;
    await flush(1_000);
    expect(attempts).toBeGreaterThan(before);
  }
  // The arithmetic of the load on a database that answers errors: two attempts a second.
  expect(attempts).toBeLessThanOrEqual(125);
  isAway = false;
  await flush(1_000);
  expect(stored).toEqual([1]);
  expect(log).toEqual(['sent 1', 'done']);
});

test('after a crash only what is in doubt is looked up', async () => {
  const { flush, memory, log, add, values } = await writing();
  await memory.write('sensor_temperature', [row(1).row as never]);
  add(1, [row(1)], true);
  add(2, [row(2)], true);
  add(3, [row(3)]);
  await flush();
  expect(log).toEqual(['sent 1 2 3', 'present 1 2', 'write 3 2', 'done']);
  expect(values()).toEqual([1, 3, 2]);
});

test('what may have been stored before the window began is looked up, what cannot be recognised is not', async () => {
  const { flush, window, log, add } = await writing();
  window.storedUpTo(START_MS + 2);
  add(1, [row(1), row(2, false), row(3)]);
  await flush();
  expect(log).toEqual(['sent 1', 'present 1', 'write 2 3 1', 'done']);
});

test('a refused batch is halved until the refused rows stand alone', async () => {
  const written: number[][] = [];
  const { flush, refused, stored, add } = await writing({
    async write(_table, rows) {
      const found = rows.map((each) => (each as { value: number }).value);
      if (found.some((value) => value % 7 === 0)) throw new LouverError('E_STORAGE_REJECTED', 'sevens are not liked');
      written.push(found);
      return undefined as never;
    },
  });
  for (let i = 1; i <= 20; i++) add(i, [row(i)]);
  await flush();
  expect(refused).toEqual([7, 14]);
  expect(written.flat()).toEqual(Array.from({ length: 20 }, (_, i) => i + 1).filter((value) => value % 7 !== 0));
  expect(stored).toHaveLength(20);
});

test('a position without rows is confirmed after those before it', async () => {
  let release = (): void => {};
  const { flush, stored, writer, add } = await writing({
    async write() {
      await new Promise<void>((resolve) => (release = resolve));
      return undefined as never;
    },
  });
  add(1, [row(1)]);
  await flush();
  expect(writer.busy).toBe(true);
  add(2, []);
  await flush();
  expect(stored).toEqual([]);
  release();
  await settled();
  await flush();
  expect(stored).toEqual([1, 2]);
  expect(writer.busy).toBe(false);
});
