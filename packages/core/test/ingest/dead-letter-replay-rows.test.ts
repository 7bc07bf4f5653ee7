import { defaultContext, LouverError, memoryStorage, type StorageAdapter } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { HOUR, LETTER, life, markers, shared, STAMP, takenIn } from '../support/dead-letters.js';
import { folder } from '../support/faults.js';
import { settled, START_MS } from '../support/rig.js';

describe('a row that storage refused', () => {
  test('is written once when storage takes it, with the numbers that JSON has not; until then it stays a letter', async () => {
    const parts = shared();
    parts.rule.refuses = (row) => 'value' in row || 'target' in row;
    const before = await life(parts, START_MS);
    await before.send('sensor/a/temperature', { value: 21, timestamp: STAMP });
    await before.send('window/a/state', { position: 40, result: 'done' });
    await before.pipeline.drain();
    const letters = await before.letters(parts.memory);
    expect(letters.map(({ code, topic }) => [code, topic])).toEqual([
      ['storage-rejected', 'sensor_temperature'],
      ['storage-rejected', 'window_states'],
    ]);
    expect(await before.pipeline.replay(letters)).toMatchObject([
      { takenIn: false, code: 'storage-rejected', detail: 'this row is not liked' },
      { takenIn: false, code: 'storage-rejected' },
    ]);
    await before.pipeline.drain();
    expect(await before.letters(parts.memory)).toEqual(letters);

    // In the same life: what has passed once is not taken for a redelivery.
    parts.rule.refuses = () => false;
    const twice = await Promise.all([
      before.pipeline.replay([...letters, ...letters]),
      before.pipeline.replay(letters),
    ]);
    expect(twice).toEqual([takenIn([...letters, ...letters]), takenIn(letters)]);
    await before.send('sensor/a/temperature', { value: 21, timestamp: STAMP });
    await before.pipeline.drain();
    await before.pipeline.close();
    const after = await life(parts, START_MS + HOUR);
    await after.pipeline.replay(letters);
    await after.send('sensor/a/temperature', { value: 21, timestamp: STAMP });
    await after.pipeline.drain();
    await after.pipeline.close();
    expect(parts.memory.rows('sensor_temperature')).toHaveLength(1);
    expect(parts.memory.rows('window_states')).toMatchObject([{ position: 40, target: NaN }]);
    expect(parts.memory.rows('window_states')).toHaveLength(1);
    expect(markers(parts.memory)).toHaveLength(2);
    await parts.memory.open(defaultContext());
    expect(await parts.memory.reader.deadLetters({ limit: 10 })).toEqual([]);
  });

  test('that is sent again and waits for its batch just then is not written twice', async () => {
    const parts = shared();
    parts.rule.refuses = (row) => 'value' in row;
    // Newer than all that is stored: a reading like this is not looked up by itself.
    const body = { value: 21, timestamp: new Date(START_MS + 60_000).toISOString() };
    const before = await life(parts, START_MS);
    await before.send('sensor/a/temperature', body);
    await before.pipeline.drain();
    const letters = await before.letters(parts.memory);
    await before.pipeline.close();
    parts.rule.refuses = () => false;
    const after = await life(parts, START_MS + 1000);
    const sent = after.send('sensor/a/temperature', body);
    await settled();
    expect(parts.memory.rows('sensor_temperature')).toEqual([]);
    await after.pipeline.replay(letters);
    expect(parts.memory.rows('sensor_temperature')).toHaveLength(1);
    await after.pipeline.drain();
    await sent;
    await after.pipeline.close();
    expect(parts.memory.rows('sensor_temperature')).toHaveLength(1);
  });

  test('killed between the row and its marker: the letter is still there, taking it in again adds the marker only', async () => {
    const parts = shared();
    parts.rule.refuses = (row) => 'value' in row;
    const journal = await folder();
    const before = await life(parts, START_MS, { journal });
    await before.send('sensor/a/temperature', { value: 21 });
    await before.pipeline.drain();
    const letters = await before.letters(parts.memory);
    await before.pipeline.close();
    parts.rule.refuses = () => false;
    await parts.memory.open(defaultContext());
    await parts.memory.write('sensor_temperature', [JSON.parse(Buffer.from(letters[0]!.payload, 'base64').toString())]);
    const after = await life(parts, START_MS + HOUR, { journal });
    expect(await after.pipeline.replay(letters)).toEqual(takenIn(letters));
    await after.pipeline.drain();
    await after.pipeline.close();
    expect(parts.memory.rows('sensor_temperature')).toHaveLength(1);
    expect(markers(parts.memory)).toHaveLength(1);
  });

  test('with storage away: an error that says so, and the letter stays', async () => {
    const memory = memoryStorage();
    let away = false;
    const storage: StorageAdapter = {
      ...memory,
      async present(table, keys) {
        if (away) throw new LouverError('E_STORAGE_UNAVAILABLE', 'storage is away');
        return memory.present!(table, keys);
      },
      async write(table, rows, options) {
        if (table === 'sensor_temperature') throw new LouverError('E_STORAGE_REJECTED', 'this row is not liked');
        return memory.write(table, rows, options);
      },
    };
    const { pipeline, send, letters } = await life({ storage }, START_MS);
    await send('sensor/a/temperature', { value: 21 });
    await pipeline.drain();
    const refused = await letters(memory);
    away = true;
    await expect(pipeline.replay(refused)).rejects.toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    away = false;
    expect(await pipeline.replay(refused)).toMatchObject([{ takenIn: false, code: 'storage-rejected' }]);
    expect(await letters(memory)).toEqual(refused);
    await pipeline.close();
  });

  test.each([
    ['nonsense', 'sensor_temperature', 'not a row'],
    ['[]', 'sensor_temperature', 'a JSON object'],
    ['{"timestamp":"x"}', 'sensor_temperature', 'expected timestamp, device_id and message_id'],
    ['{}', 'toString', 'no table "toString"'],
    ['{}', 'device_registry', 'expected last_seen, device_id'],
    ['{}', `sensor_temperature' OR 1=1`, 'no table'],
  ])('%j of %j is no row', async (payload, topic, words) => {
    const { pipeline } = await life(shared(), START_MS);
    const letter = { ...LETTER, topic, payload: Buffer.from(payload).toString('base64'), code: 'storage-rejected' };
    const [outcome] = await pipeline.replay([letter]);
    expect(outcome).toMatchObject({
      takenIn: false,
      code: 'wrong-type',
      detail: expect.stringContaining(words) as string,
    });
    await pipeline.close();
  });

  test('what earlier versions wrote as null is an unknown number', async () => {
    const parts = shared();
    const { pipeline } = await life(parts, START_MS);
    const row = {
      timestamp: START_MS,
      device_id: 'a',
      position: 1,
      target: null,
      command_id: '',
      result: 'done',
      message_id: 'm',
    };
    const payload = Buffer.from(JSON.stringify(row)).toString('base64');
    await pipeline.replay([{ ...LETTER, topic: 'window_states', payload, code: 'storage-rejected' }]);
    expect(parts.memory.rows('window_states')).toEqual([{ ...row, target: NaN }]);
    await pipeline.close();
  });
});

test('a device that storage refused is written again', async () => {
  const parts = shared();
  parts.rule.refuses = (row) => 'last_seen' in row;
  const { pipeline, send, letters } = await life(parts, START_MS);
  await send('sensor/a/temperature', { value: 21 });
  await pipeline.drain();
  const refused = await letters(parts.memory);
  expect(refused).toMatchObject([{ topic: 'device_registry', message_id: `device_registry:a:${START_MS}` }]);
  expect(await pipeline.replay(refused)).toMatchObject([{ takenIn: false, code: 'storage-rejected' }]);
  parts.rule.refuses = () => false;
  expect(await pipeline.replay(refused)).toEqual(takenIn(refused));
  await pipeline.drain();
  expect(await parts.memory.reader.devices()).toMatchObject([{ device_id: 'a', last_seen: START_MS }]);
  expect(await letters(parts.memory)).toEqual([]);
  await pipeline.close();
});
