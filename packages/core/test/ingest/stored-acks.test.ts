import { LouverError, memoryStorage } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { awayStorage } from '../support/faults.js';
import { lineCodec } from '../support/line-codec.js';
import { settled, START_MS } from '../support/rig.js';
import { acknowledging } from './stored-acks-rig.js';

describe('what a device is told', () => {
  test('once for many, not before 250 ms, and not before the journal knows it', async () => {
    const { pipeline, tellAll, told, lasting, clock } = acknowledging();
    await pipeline.open();
    await tellAll('a', 7, 0, 1, 2, 3, 4);
    expect(await told(249)).toEqual([]);
    await tellAll('a', 7, 5);
    await clock.advance(1);
    await settled();
    const note = `note ack:a {"seenMs":${START_MS + 249},"boots":[[7,5]]}`;
    expect(lasting.log.splice(0)).toEqual([note, 'a 7:5']);
    expect(await told(60_000)).toEqual([]);
    await pipeline.close();
  });

  test('nothing beyond a gap, until it is filled', async () => {
    const { pipeline, tellAll, told } = acknowledging();
    await pipeline.open();
    await tellAll('a', 7, 0, 1, 3, 4, 6);
    expect(await told()).toEqual(['a 7:1']);
    await tellAll('a', 7, 7);
    expect(await told()).toEqual([]);
    await tellAll('a', 7, 2);
    expect(await told()).toEqual(['a 7:4']);
    await tellAll('a', 7, 5);
    expect(await told()).toEqual(['a 7:7']);
    await pipeline.close();
  });

  test('nothing while nobody knows where it began; the log says so once', async () => {
    const { pipeline, tellAll, told, holds, logger } = acknowledging();
    await pipeline.open();
    await tellAll('a', 7, 5, 6, 7);
    expect(await told()).toEqual([]);
    const said = logger.lines.filter(({ message }) => message.includes('is not told'));
    expect(said.map(({ fields }) => fields)).toEqual([{ deviceId: 'a', boot: 7, seq: 5 }]);
    await holds('a', 7, 5);
    expect(await told()).toEqual(['a 7:7']);
    await pipeline.close();
  });

  test('each boot for itself', async () => {
    const { pipeline, tellAll, told } = acknowledging();
    await pipeline.open();
    await tellAll('a', 1, 0, 1);
    await tellAll('a', 2, 0);
    await tellAll('b', 1, 0);
    await tellAll('a', 1, 2);
    expect(await told()).toEqual(['a 1:2', 'a 2:0', 'b 1:0']);
    await pipeline.close();
  });

  test('a message that is set aside counts, and so does one that came twice', async () => {
    const { pipeline, tell, tellAll, told, storage } = acknowledging();
    await pipeline.open();
    await tellAll('a', 1, 0, 0);
    await tell('a', 1, 1, { v: 'poison' });
    await tellAll('a', 1, 2);
    expect(await told()).toEqual(['a 1:2']);
    await pipeline.drain();
    expect(storage.rows('sensor_temperature')).toHaveLength(2);
    expect(storage.rows('dead_letters')).toHaveLength(1);
    await pipeline.close();
  });

  test('again, when it sends again what it was told of, or comes back', async () => {
    const { pipeline, tellAll, told, holds, transport } = acknowledging();
    await pipeline.open();
    await tellAll('a', 1, 0, 1);
    expect(await told()).toEqual(['a 1:1']);
    await tellAll('a', 1, 0);
    expect(await told()).toEqual(['a 1:1']);
    await holds('a', 2, 0);
    expect(await told(), 'of the boot before, too').toEqual(['a 1:1']);
    await transport.inject('s/a/status', '{"v":0}');
    expect(await told()).toEqual([]);
    await transport.inject('s/a/status', '{"v":1}');
    expect(await told()).toEqual(['a 1:1']);
    await pipeline.close();
  });

  test('nothing without a count of its own, nothing with durability none', async () => {
    const plain = acknowledging();
    await plain.pipeline.open();
    await plain.send('s/a/temperature', 20);
    expect(await plain.told(60_000)).toEqual([]);
    await plain.pipeline.close();

    const none = acknowledging({ durability: 'none' });
    await none.pipeline.open();
    await none.tellAll('a', 1, 0);
    expect(await none.told(60_000)).toEqual([]);
    await none.pipeline.close();
  });
});

test('what comes back of it, since a filter covers it, is acknowledged and not taken in', async () => {
  const codec = { ...lineCodec(), filters: ['s/+/+', 'a/+'], isStoredTopic: (topic: string) => topic.startsWith('a/') };
  const { pipeline, tellAll, told, lasting, transport, storage } = acknowledging({ codec });
  await pipeline.open();
  await tellAll('a', 1, 0);
  expect(await told()).toEqual(['a 1:0']);
  await transport.inject('a/b', 'not JSON');
  await pipeline.drain();
  expect(lasting.topics()).toEqual(['s/a/temperature']);
  expect(storage.rows('dead_letters')).toEqual([]);
  await pipeline.close();
});

describe('where counting begins', () => {
  test('through a broker: not with a message that others may have come before, unless the device says so', async () => {
    const { pipeline, tellAll, told, holds } = acknowledging();
    await pipeline.open();
    await tellAll('a', 1, 5, 6, 8);
    expect(await told()).toEqual([]);
    await holds('a', 1, 5);
    expect(await told()).toEqual(['a 1:6']);
    await holds('a', 1, 8);
    expect(await told(), 'it has lost 7 itself').toEqual(['a 1:8']);
    await pipeline.close();
  });

  test('directly: with the first that comes', async () => {
    const { pipeline, tellAll, told } = acknowledging({ direct: true });
    await pipeline.open();
    await tellAll('a', 1, 5, 6, 8);
    expect(await told()).toEqual(['a 1:6']);
    await pipeline.close();
  });
});

describe('only what is durable', () => {
  test('durability journal: not what is looked at while the journal is full', async () => {
    const { pipeline, tellAll, tell, told, lasting, clock } = acknowledging();
    await pipeline.open();
    const seen: number[] = [];
    pipeline.on('reading', (reading) => void seen.push(reading.sequence!.seq));
    await tellAll('a', 1, 0);
    expect(await told()).toEqual(['a 1:0']);
    lasting.faults.full = true;
    const later = Promise.all([tell('a', 1, 1), tell('a', 1, 2)]);
    expect(await told(10_000)).toEqual([]);
    expect(seen).toEqual([0, 1, 2]);
    lasting.faults.full = false;
    await clock.advance(2_000);
    await later;
    expect(await told()).toEqual(['a 1:2']);
    await pipeline.close();
  });

  test('durability storage: when its row is stored, in whatever order', async () => {
    const memory = memoryStorage();
    const { storage, faults } = awayStorage(memory);
    const away = { humidity: true };
    const partly = {
      ...storage,
      async write(...args: Parameters<typeof storage.write>) {
        if (args[0] === 'sensor_humidity' && away.humidity) throw new LouverError('E_STORAGE_UNAVAILABLE', 'away');
        return storage.write(...args);
      },
    };
    faults.away = false;
    const parts = acknowledging({ durability: 'storage', storage: partly, direct: true });
    const { pipeline, told, transport } = parts;
    await pipeline.open();
    const humidity = transport.inject('s/a/humidity', JSON.stringify({ v: 50, b: 1, n: 5 }));
    void parts.tell('a', 1, 6);
    void parts.tell('a', 1, 7);
    expect(await told(5_000)).toEqual([]);
    expect(memory.rows('sensor_temperature')).toHaveLength(2);
    away.humidity = false;
    await parts.clock.advance(2_000);
    await humidity;
    expect(await told()).toEqual(['a 1:7']);
    await pipeline.close();
  });
});
