import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultContext, silentLogger } from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { writeBehind, type Writable } from '../../src/broker/write-behind.js';
import { settleDown, until } from './rig.js';

let directory: string;
let level: ClassicLevel<string, Uint8Array>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'louver-write-behind-'));
  level = new ClassicLevel(directory, { valueEncoding: 'view' });
});
afterEach(async () => {
  await level.close();
  await rm(directory, { recursive: true });
});

/** A real database on a disk that can be full. */
function onDisk() {
  const state = { full: false, batches: 0, opened: 0 };
  const disk: Writable = {
    async open() {
      if (state.full) throw new Error('No space left on device');
      state.opened++;
      await level.open();
    },
    close: () => level.close(),
    async batch(operations) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (state.full) throw new Error('No space left on device');
      state.batches++;
      await level.batch(operations);
    },
  };
  return { state, disk };
}

function observed() {
  const lines: string[] = [];
  const counts = new Map<string, number>();
  const line = (message: string) => void lines.push(message);
  const clock = manualClock(0);
  const context = defaultContext({
    clock,
    logger: { ...silentLogger, info: line, error: line },
    metrics: {
      count: (name, _labels, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
      observe: () => undefined,
      gauge: () => undefined,
    },
  });
  return { lines, counts, clock, context };
}

const bytes = (text: string) => Buffer.from(text);

async function content(): Promise<Record<string, string>> {
  await level.open();
  const entries = await level.iterator().all();
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value).toString()]));
}

test('what is set while something is written goes in the next batch, and is awaited', async () => {
  const { disk, state } = onDisk();
  const database = writeBehind(disk, directory, observed().context);
  for (let n = 0; n < 100; n++) database.set(`k${n}`, bytes(String(n)));
  await database.written();
  expect(state.batches).toBe(1);
  expect(database.written()).toBeUndefined();
  database.set('k0', undefined);
  database.set('k1', bytes('new'));
  await database.written();
  expect(await content()).toMatchObject({ k1: 'new', k2: '2' });
  expect(await content()).not.toHaveProperty('k0');
  await database.close();
});

test('closing writes what is under way', async () => {
  const database = writeBehind(onDisk().disk, directory, observed().context);
  database.set('k', bytes('v'));
  await database.close();
  expect(await content()).toEqual({ k: 'v' });
  // Nobody reads it any longer, and nothing fails.
  database.set('late', bytes('v'));
  expect(database.written()).toBeUndefined();
});

test('a full disk holds up nobody, is logged once and made up for when there is space', async () => {
  const { disk, state } = onDisk();
  const { lines, counts, clock, context } = observed();
  const database = writeBehind(disk, directory, context);
  database.set('before', bytes('1'));
  await database.written();

  state.full = true;
  database.set('meanwhile', bytes('1'));
  await database.written();
  expect(database.written()).toBeUndefined();
  database.set('meanwhile', bytes('2'));
  database.set('before', undefined);
  for (let n = 0; n < 1_000; n++) {
    database.set(`queued:${n}`, bytes('x'));
    database.drop(`queued:${n}`);
  }
  for (let n = 0; n < 3; n++) {
    await clock.advance(1_000);
    await settleDown();
  }
  expect(lines).toEqual(['the broker cannot write to its folder: what it keeps would not survive a restart']);
  expect(counts.get('broker_unkept_total')).toBe(1_003);
  expect(database.trouble).toContain(`cannot write to ${directory} (No space left on device)`);

  state.full = false;
  await clock.advance(1_000);
  await until(() => lines.length === 2, 'written again');
  expect(lines[1]).toBe('the broker writes to its folder again, nothing is missing there');
  expect(database.trouble).toBeUndefined();
  expect(state.opened).toBe(1);
  database.set('after', bytes('1'));
  await database.written();
  expect(await content()).toEqual({ meanwhile: '2', after: '1' });
  await database.close();
});
