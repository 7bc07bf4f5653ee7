import { defaultContext, LouverError, memoryStorage, type Health, type StorageAdapter } from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { StorageDoor } from '../../src/ingest/storage-door.js';
import { settled, START_MS } from '../support/rig.js';

const recall = (): Promise<void> => Promise.resolve();

function setUp(overrides: Partial<StorageAdapter> = {}) {
  const clock = manualClock(START_MS);
  const lines: { readonly level: string; readonly message: string; readonly fields: object }[] = [];
  const log =
    (level: string) =>
    (message: string, fields: object = {}): void =>
      void lines.push({ level, message, fields });
  const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const faults = { error: undefined as LouverError | undefined, attempts: 0, health: { ok: true } as Health };
  const memory = memoryStorage();
  const storage: StorageAdapter = {
    ...memory,
    async open(context) {
      faults.attempts++;
      if (faults.error !== undefined) throw faults.error;
      await memory.open(context);
    },
    health: () => faults.health,
    ...overrides,
  };
  const door = new StorageDoor(storage, defaultContext({ clock, logger, random: () => 1 }));
  onTestFinished(() => door.close());
  return { door, clock, lines, faults };
}

const away = new LouverError('E_STORAGE_UNAVAILABLE', 'nothing listens');

describe('storage that is away at the start', () => {
  test('is tried once a second at the least, and told once, with each new cause and every half minute', async () => {
    const { door, clock, lines, faults } = setUp();
    faults.error = away;
    await door.open(recall);
    await settled();
    await clock.advance(20_000);
    expect(faults.attempts).toBeGreaterThanOrEqual(20);
    expect(lines).toEqual([
      {
        level: 'warn',
        message: 'storage not opened, trying again',
        fields: expect.objectContaining({ attempts: 1 }) as object,
      },
    ]);
    faults.error = new LouverError('E_STORAGE_UNAVAILABLE', 'it is starting');
    await clock.advance(2_000);
    expect(lines).toHaveLength(2);
    await clock.advance(60_000);
    expect(lines).toHaveLength(4);
    faults.error = undefined;
    await clock.advance(1_000);
    expect(lines.at(-1)).toMatchObject({ level: 'info', message: 'storage is there' });
    expect(door.health()).toEqual({ ok: true });
    await door.ready;
  });

  test('what cannot be mended by trying again is thrown, or told when it comes late', async () => {
    const refused = new LouverError('E_CONFIG', 'wrong password');
    const early = setUp();
    early.faults.error = refused;
    await expect(early.door.open(recall)).rejects.toBe(refused);
    const late = setUp();
    late.faults.error = away;
    await late.door.open(recall);
    late.faults.error = refused;
    await settled();
    await late.clock.advance(10_000);
    expect(late.door.health()).toEqual({ ok: false, reason: refused.message });
    expect(late.lines.map(({ fields }) => fields)).toMatchObject([{ error: away.message }, { error: refused.message }]);
    late.faults.error = undefined;
    await late.clock.advance(1_000);
    expect(late.door.health()).toEqual({ ok: true });
  });
});

describe('storage that does not answer', () => {
  test('is not waited for beyond 5 s', async () => {
    let answer = (): void => {};
    const { door, clock } = setUp({ open: () => new Promise<void>((resolve) => (answer = resolve)) });
    const opening = door.open(recall);
    await settled();
    await clock.advance(5_000);
    await opening;
    expect(door.health()).toMatchObject({
      ok: false,
      reason: expect.stringContaining('has not answered for 5 s') as string,
    });
    answer();
    await settled();
    expect(door.health()).toEqual({ ok: true });
  });

  test('is closed while it opens', async () => {
    let giveUp = (_error: Error): void => {};
    const { door, clock } = setUp({
      open: () => new Promise<void>((_, reject) => (giveUp = reject)),
      close: () => Promise.resolve(giveUp(away)),
    });
    const opening = door.open(recall);
    await settled();
    await clock.advance(5_000);
    await opening;
    await door.close();
  });

  test('and says so itself: that counts, and a goodbye does not wait', async () => {
    const { door, clock, faults } = setUp();
    await door.open(recall);
    let isAway = false;
    void door.away().then(() => (isAway = true));
    await settled();
    await clock.advance(1_000);
    expect(isAway).toBe(false);
    faults.health = { ok: false, reason: 'no answer for 3 s' };
    await clock.advance(1_000);
    expect(isAway).toBe(true);
    expect(door.health()).toEqual(faults.health);
    faults.health = { ok: true };
  });
});

test('one table may fail while the others do not', async () => {
  const { door } = setUp();
  await door.open(recall);
  door.outcome('sensor_humidity', away);
  door.outcome('sensor_temperature', undefined);
  expect(door.health()).toEqual({ ok: false, reason: `sensor_humidity: ${away.message}` });
  door.outcome('sensor_humidity', undefined);
  expect(door.health()).toEqual({ ok: true });
});
