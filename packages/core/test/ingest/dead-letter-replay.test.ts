import { cp } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  createPipeline,
  deadband,
  defaultContext,
  LouverError,
  memoryJournal,
  memoryStorage,
  memoryTransport,
  type StorageAdapter,
} from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { esp32Codec } from '@louver/device-esp32';
import { describe, expect, test } from 'vitest';
import { HOUR, LETTER, life, long, markers, shared, STAMP, takenIn } from '../support/dead-letters.js';
import { awayStorage, folder } from '../support/faults.js';
import { settled, START_MS, until } from '../support/rig.js';

describe('a message that can be decoded now', () => {
  test.each([
    ['with a timestamp', { value: 21, timestamp: STAMP, ...long }],
    ['with boot and seq', { value: 21, boot: 1, seq: 7, ...long }],
    ['without either', { value: 21, ...long }],
  ])('%s: one row with its first identity and time, however often it is taken in', async (_name, body) => {
    const parts = shared();
    const before = await life(parts, START_MS);
    await before.send('sensor/a/temperature', body);
    await before.pipeline.drain();
    const letters = await before.letters(parts.memory);
    expect(letters).toMatchObject([{ code: 'too-large', device_id: 'a', received_at: START_MS }]);
    const [refused] = await before.pipeline.replay(letters);
    expect(refused).toMatchObject({
      takenIn: false,
      code: 'too-large',
      detail: expect.stringContaining('200') as string,
    });
    await before.pipeline.close();

    const after = await life(parts, START_MS + HOUR, { scalarBytes: 1000 });
    expect(await after.pipeline.replay(letters, { dryRun: true })).toEqual(takenIn(letters));
    await after.pipeline.drain();
    expect(markers(parts.memory)).toEqual([]);
    // Twice in one call, side by side, and once more afterwards.
    const both = await Promise.all([after.pipeline.replay([...letters, ...letters]), after.pipeline.replay(letters)]);
    expect(both).toEqual([takenIn([...letters, ...letters]), takenIn(letters)]);
    await after.pipeline.drain();
    await after.pipeline.replay(letters);
    await after.pipeline.drain();
    await after.pipeline.close();

    const again = await life(parts, START_MS + 2 * HOUR, { scalarBytes: 1000 });
    await again.pipeline.replay(letters);
    await again.pipeline.drain();
    const stamped = 'timestamp' in body;
    expect(parts.memory.rows('sensor_temperature')).toMatchObject([
      {
        value: 21,
        timestamp: stamped ? Date.parse(STAMP) : START_MS,
        received_at: START_MS,
        time_source: stamped ? 'device' : 'server',
      },
    ]);
    expect(markers(parts.memory)).toHaveLength(1);
    expect(await again.letters(parts.memory)).toEqual([]);
    expect(parts.memory.rows('dead_letters')).toHaveLength(2);
    await again.pipeline.close();
  });

  test('that came twice before, with a sequence and no time: one row, across a restart between the two', async () => {
    const parts = shared();
    const before = await life(parts, START_MS);
    await before.send('sensor/a/temperature', { value: 21, boot: 1, seq: 7, ...long });
    await before.clock.advance(60_000);
    await before.send('sensor/a/temperature', { value: 21, boot: 1, seq: 7, ...long });
    await before.pipeline.drain();
    const letters = await before.letters(parts.memory);
    expect(letters).toHaveLength(2);
    await before.pipeline.close();
    // The later copy first: the row then has a later time than the earlier copy looks for.
    for (const letter of letters.toReversed()) {
      const after = await life(parts, START_MS + HOUR, { scalarBytes: 1000 });
      await after.pipeline.replay([letter]);
      await after.pipeline.drain();
      await after.pipeline.close();
    }
    expect(parts.memory.rows('sensor_temperature')).toHaveLength(1);
    await parts.memory.open(defaultContext());
    expect(await parts.memory.reader.deadLetters({ limit: 10 })).toEqual([]);
  });

  test('a recording: one row with its features', async () => {
    const parts = shared();
    const before = await life(parts, START_MS);
    const data = Buffer.alloc(400, 1).toString('base64');
    await before.send('sensor/a/audio', { data, sample_rate: 16_000, duration: 1 });
    await before.pipeline.drain();
    const letters = await before.letters(parts.memory);
    await before.pipeline.close();
    for (const hours of [1, 2]) {
      const after = await life(parts, START_MS + hours * HOUR, { audioBytes: 10_000 });
      await Promise.all([after.pipeline.replay(letters), after.pipeline.replay(letters)]);
      await after.pipeline.drain();
      await after.pipeline.close();
    }
    const recordings = parts.memory.rows('sensor_audio');
    expect(recordings).toMatchObject([{ timestamp: START_MS, message_id: letters[0]!.message_id }]);
    expect(JSON.parse(recordings[0]!.features)).toMatchObject({ recipe: 'loudness' });
    expect(markers(parts.memory)).toHaveLength(1);
  });
});

describe('a message that was rejected in part', () => {
  // What is out of range today is not tomorrow: the codec of another release.
  const lenient = (codec = esp32Codec()): typeof codec => ({
    ...codec,
    decode: (message) =>
      codec
        .decode(message)
        .map((event) =>
          event.kind === 'rejected' && event.detail.startsWith('humidity')
            ? { ...event, kind: 'scalar', quantity: 'humidity', value: 101 }
            : event,
        ),
  });

  test.each([
    ['with a timestamp', { timestamp: STAMP }],
    ['with boot and seq', { boot: 1, seq: 7 }],
    ['without either', {}],
  ])('%s: the members that were stored are not doubled, what is still bad makes no second letter', async (_n, ids) => {
    const parts = shared();
    const before = await life(parts, START_MS);
    await before.send('devices/a/telemetry', { temperature: 20, humidity: 101, pressure: 'high', co2: 700, ...ids });
    await before.pipeline.drain();
    const letters = await before.letters(parts.memory);
    expect(letters.map(({ code }) => code).sort()).toEqual(['out-of-range', 'wrong-type']);
    await before.pipeline.close();

    for (const hours of [1, 2]) {
      const transport = memoryTransport();
      const pipeline = createPipeline({
        transport,
        codec: lenient(),
        storage: parts.storage,
        detector: deadband({}),
        durability: 'none',
        context: { clock: manualClock(START_MS + hours * HOUR) },
      });
      await pipeline.open();
      const outcomes = await pipeline.replay(letters);
      expect(outcomes.map((outcome) => ('code' in outcome ? outcome.code : 'in')).sort()).toEqual(['in', 'wrong-type']);
      await pipeline.drain();
      await pipeline.close();
    }
    expect(parts.memory.rows('sensor_temperature')).toHaveLength(1);
    expect(parts.memory.rows('sensor_scalar')).toMatchObject([{ quantity: 'co2', value: 700 }]);
    expect(parts.memory.rows('sensor_humidity')).toMatchObject([{ value: 101 }]);
    expect(parts.memory.rows('dead_letters')).toHaveLength(3);
    await parts.memory.open(defaultContext());
    expect(await parts.memory.reader.deadLetters({ limit: 10 })).toMatchObject([{ code: 'wrong-type' }]);
  });

  test('while its good members still wait to be stored, they are not doubled', async () => {
    const memory = memoryStorage();
    let away = true;
    const storage: StorageAdapter = {
      ...memory,
      async write(table, rows, options) {
        if (away && table === 'sensor_temperature') throw new LouverError('E_STORAGE_UNAVAILABLE', 'away');
        return memory.write(table, rows, options);
      },
    };
    const clock = manualClock(START_MS);
    const transport = memoryTransport();
    const context = { clock, random: () => 0.5 };
    const codec = esp32Codec();
    let isLenient = false;
    const pipeline = createPipeline({
      transport,
      codec: { ...codec, decode: (message) => (isLenient ? lenient(codec) : codec).decode(message) },
      storage,
      detector: deadband({}),
      durability: 'none',
      context,
    });
    await pipeline.open();
    await transport.inject('devices/a/telemetry', JSON.stringify({ temperature: 20, humidity: 101 }));
    await until(
      () => memory.rows('dead_letters').length === 1,
      () => clock.advance(300),
    );
    isLenient = true;
    const letters = await memory.reader.deadLetters({ limit: 10 });
    await Promise.all([pipeline.replay(letters), pipeline.replay(letters)]);
    away = false;
    await until(
      () => memory.rows('sensor_humidity').length > 0,
      () => clock.advance(300),
    );
    await until(
      () => memory.rows('sensor_temperature').length > 0,
      () => clock.advance(300),
    );
    await clock.advance(5_000);
    await pipeline.drain();
    expect(memory.rows('sensor_temperature')).toHaveLength(1);
    expect(memory.rows('sensor_humidity')).toHaveLength(1);
    await pipeline.close();
  });
});

test.each([
  ['with a timestamp', { value: 21, timestamp: STAMP, ...long }],
  ['without an identity', { value: 21, ...long }],
])('%s: killed when the journal had it, and taken in again after that: one row, one marker', async (_name, body) => {
  const parts = shared();
  const before = await life(parts, START_MS);
  await before.send('sensor/a/temperature', body);
  await before.pipeline.drain();
  const letters = await before.letters(parts.memory);
  await before.pipeline.close();

  const [journal, left] = [await folder(), await folder()];
  const { storage, faults } = awayStorage(parts.memory);
  const killed = await life({ storage }, START_MS + HOUR, { scalarBytes: 1000, journal });
  await killed.pipeline.replay(letters);
  // What a kill leaves: the folder as it is now.
  await cp(journal, left, { recursive: true, filter: (path) => !basename(path).startsWith('lock') });
  await killed.pipeline.close();
  const after = await life(parts, START_MS + 2 * HOUR, { scalarBytes: 1000, journal: left });
  await after.pipeline.replay(letters);
  await after.pipeline.drain();
  await after.pipeline.close();
  expect(faults.away).toBe(true);
  expect(parts.memory.rows('sensor_temperature')).toHaveLength(1);
  expect(markers(parts.memory)).toHaveLength(1);
});

describe('what stays a letter', () => {
  test('without an id, on a topic that nobody reads now, still undecodable: each with its reason', async () => {
    const parts = shared();
    const { pipeline } = await life(parts, START_MS);
    const good = Buffer.from('{"value": 1}').toString('base64');
    const outcomes = await pipeline.replay([
      { ...LETTER, message_id: '', payload: good },
      { ...LETTER, topic: 'elsewhere/a', payload: good },
      { ...LETTER, message_id: 'letter-2' },
    ]);
    expect(outcomes).toMatchObject([
      { takenIn: false, detail: expect.stringContaining('message_id') as string },
      { takenIn: false, code: 'unknown-topic', detail: expect.stringContaining('"elsewhere/a"') as string },
      { takenIn: false, code: 'not-json' },
    ]);
    await pipeline.drain();
    expect(parts.memory.rows('dead_letters')).toEqual([]);
    await pipeline.close();
  });

  test('with a full journal: an error that may be retried, then nothing is missing or doubled', async () => {
    const parts = shared();
    const clock = manualClock(START_MS);
    const journal = memoryJournal();
    const append = journal.append.bind(journal);
    let full = true;
    journal.append = (records, how) =>
      full ? Promise.reject(new LouverError('E_JOURNAL_FULL', 'no room')) : append(records, how);
    const pipeline = createPipeline({
      transport: memoryTransport(),
      codec: esp32Codec(),
      storage: parts.storage,
      detector: deadband({}),
      journal,
      durability: 'none',
      context: { clock },
    });
    await pipeline.open();
    const payload = Buffer.from('{"value": 1}').toString('base64');
    const letters = [1, 2].map((n) => ({ ...LETTER, message_id: `letter-${n}`, payload }));
    await expect(pipeline.replay(letters)).rejects.toMatchObject({ code: 'E_JOURNAL_FULL', retryable: true });
    full = false;
    expect(await pipeline.replay(letters)).toEqual(takenIn(letters));
    await pipeline.drain();
    expect(parts.memory.rows('sensor_temperature')).toHaveLength(2);
    expect(markers(parts.memory)).toHaveLength(2);
    await pipeline.close();
  });
});

test('twenty thousand letters never hold the event loop', async () => {
  const parts = shared();
  const { pipeline } = await life(parts, START_MS);
  const payload = Buffer.from('{"value": 1}').toString('base64');
  const letters = Array.from({ length: 20_000 }, (_, n) => ({ ...LETTER, message_id: `letter-${n}`, payload }));
  let turns = 0;
  let isOver = false;
  const replayed = pipeline.replay(letters).finally(() => (isOver = true));
  while (!isOver) {
    await settled(1);
    turns++;
  }
  expect((await replayed).every(({ takenIn: isIn }) => isIn)).toBe(true);
  expect(turns).toBeGreaterThan(5);
  await pipeline.drain();
  expect(parts.memory.rows('sensor_temperature')).toHaveLength(20_000);
  await pipeline.close();
});
