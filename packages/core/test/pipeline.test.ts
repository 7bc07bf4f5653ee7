import { describe, expect, test } from 'vitest';
import {
  localEngine,
  LouverError,
  memoryJournal,
  memoryStorage,
  type InferenceResult,
  type StorageAdapter,
} from '@louver/core';
import { lineCodec } from './support/line-codec.js';
import { commandsOf, rig, START_MS } from './support/rig.js';
import { linearPredictor, loudnessFeatures } from './support/test-parts.js';

describe('the main job in memory', () => {
  test('readings are stored, a change is noticed, sound counts, a command goes out and is logged once', async () => {
    const { pipeline, transport, storage, features, published, send } = rig();
    await pipeline.open();
    await send('s/a/temperature', 25.5);
    await send('s/a/humidity', 60);
    await pipeline.drain();
    expect(commandsOf(published)).toHaveLength(1);

    const samples = Int16Array.from({ length: 1600 }, (_, i) => (i % 2 ? 8000 : -8000));
    await transport.inject('s/a/audio', new Uint8Array(samples.buffer));
    await pipeline.drain();

    const commands = commandsOf(published).map(({ payload }) => JSON.parse(String(payload)) as Record<string, unknown>);
    expect(commands).toHaveLength(2);
    expect(commands[1]).toMatchObject({
      deviceId: 'a',
      position: 17.5,
      featuresUsed: { temperature: 25.5, humidity: 60, audioFeatures: ['rms_mean'] },
    });
    expect(storage.rows('sensor_temperature')).toHaveLength(1);
    const [audio] = storage.rows('sensor_audio');
    expect(JSON.parse(audio!.features)).toEqual({
      recipe: 'loudness',
      values: { rms_mean: 8000, peak_1: 8000, peak_2: 4000 },
      mel_db_mean: [1, 2],
    });
    expect(features.extracted).toHaveLength(1);
    expect(storage.rows('window_actions').map((row) => row.command_id)).toEqual(commands.map((c) => c['commandId']));
    expect(storage.rows('window_actions')[1]).toMatchObject({ audio_hash: audio!.audio_hash, temperature: 25.5 });
    expect(storage.rows('ml_predictions').map((row) => row.request_id)).toEqual(commands.map((c) => c['requestId']));
    await pipeline.close();
  });

  test('a change below the threshold makes no request, an accumulated one does', async () => {
    const { pipeline, published, send, clock } = rig();
    await pipeline.open();
    await send('s/a/temperature', 20);
    await send('s/a/humidity', 50);
    for (const value of [20.2, 20.4, 20.49]) {
      await clock.advance(1000);
      await send('s/a/temperature', value);
    }
    await pipeline.drain();
    expect(commandsOf(published)).toHaveLength(1);
    await clock.advance(1000);
    await send('s/a/temperature', 20.5);
    await pipeline.drain();
    expect(commandsOf(published)).toHaveLength(2);
    await pipeline.close();
  });

  test('no request while a quantity is missing or older than 15 minutes', async () => {
    const { pipeline, published, send, clock } = rig();
    await pipeline.open();
    await send('s/a/temperature', 20);
    await pipeline.drain();
    await clock.advance(15 * 60_000 + 1);
    await send('s/a/humidity', 50);
    await pipeline.drain();
    expect(commandsOf(published)).toHaveLength(0);
    await send('s/a/temperature', 20.1);
    await pipeline.drain();
    expect(commandsOf(published)).toHaveLength(1);
    await pipeline.close();
  });

  test('a change that finds the other quantity too old is asked about when that comes, once', async () => {
    const { pipeline, published, send, clock } = rig();
    await pipeline.open();
    await send('s/a/temperature', 20);
    await send('s/a/humidity', 50);
    await pipeline.drain();
    await clock.advance(16 * 60_000);
    await send('s/a/temperature', 25);
    await pipeline.drain();
    expect(commandsOf(published)).toHaveLength(1);
    await clock.advance(1000);
    await send('s/a/humidity', 50);
    await send('s/a/humidity', 50.1);
    await pipeline.drain();
    expect(commandsOf(published)).toHaveLength(2);
    await pipeline.close();
  });

  test('a redelivered message makes no second row, and no second command', async () => {
    const { pipeline, storage, published, send, clock } = rig();
    await pipeline.open();
    await send('s/a/humidity', 50);
    for (let i = 0; i < 5; i++) await send('s/a/temperature', 20, START_MS);
    await pipeline.drain();
    await clock.advance(60_000);
    await send('s/a/temperature', 20, START_MS);
    await pipeline.drain();
    expect(storage.rows('sensor_temperature')).toHaveLength(1);
    expect(commandsOf(published)).toHaveLength(1);
    await pipeline.close();
  });

  test('a message that cannot be decoded is a dead letter and acknowledged; its neighbours are stored', async () => {
    const { pipeline, transport, storage, send } = rig();
    await pipeline.open();
    await send('s/a/temperature', 20);
    await transport.inject('s/a/temperature', 'nonsense');
    await transport.inject('s/a/temperature', '{"v":"warm"}');
    await send('s/a/temperature', 21, START_MS + 1);
    await pipeline.drain();
    expect(storage.rows('sensor_temperature').map((row) => row.value)).toEqual([20, 21]);
    expect(storage.rows('dead_letters').map((row) => [row.code, row.device_id, atob(row.payload)])).toEqual([
      ['not-json', 'a', 'nonsense'],
      ['wrong-type', 'a', '{"v":"warm"}'],
    ]);
    await pipeline.close();
  });

  test('a new device is registered once, and inactive after a silence', async () => {
    const { pipeline, storage, send, clock } = rig();
    await pipeline.open();
    await send('s/a/temperature', 20);
    await pipeline.drain();
    await clock.advance(11 * 60_000);
    await pipeline.drain();
    expect(storage.rows('device_events').map((row) => row.event)).toEqual(['registered', 'inactive']);
    expect(await storage.reader.devices()).toMatchObject([{ device_id: 'a', is_active: false }]);
    await send('s/a/temperature', 20.1);
    await pipeline.drain();
    expect(await storage.reader.devices()).toMatchObject([{ is_active: true, registered_at: START_MS }]);
    await pipeline.close();
  });

  test('a silence that is to be short is noticed within one and a half times of it', async () => {
    const { pipeline, storage, send, clock } = rig({ devices: { inactiveAfterMs: 4_000 } });
    await pipeline.open();
    await clock.advance(1_000);
    await send('s/a/temperature', 20);
    const isActive = async (): Promise<boolean | undefined> => {
      await pipeline.drain();
      return (await storage.reader.devices())[0]?.is_active;
    };
    await clock.advance(3_999);
    expect(await isActive()).toBe(true);
    await clock.advance(2_001);
    expect([await isActive(), pipeline.devices.tally()]).toEqual([false, { active: 0, inactive: 1 }]);
    await pipeline.close();
  });
});

describe('after a restart', () => {
  test('an unchanged device makes no request, a changed one does', async () => {
    const first = rig();
    await first.pipeline.open();
    await first.send('s/a/temperature', 20);
    await first.send('s/a/humidity', 50);
    await first.pipeline.drain();
    await first.pipeline.close();

    const second = rig({ storage: first.storage });
    await second.pipeline.open();
    await second.send('s/a/temperature', 20.3, START_MS + 5000);
    await second.send('s/a/humidity', 51, START_MS + 5000);
    await second.pipeline.drain();
    expect(commandsOf(second.published)).toHaveLength(0);
    await second.send('s/a/temperature', 20.6, START_MS + 6000);
    await second.pipeline.drain();
    expect(commandsOf(second.published)).toHaveLength(1);
    await second.pipeline.close();
  });

  test('a reading that was stored before and comes again makes no second row', async () => {
    const first = rig();
    await first.pipeline.open();
    await first.send('s/a/temperature', 20);
    await first.pipeline.drain();
    await first.pipeline.close();

    const second = rig({ storage: first.storage });
    await second.pipeline.open();
    await second.send('s/a/temperature', 20, START_MS);
    await second.send('s/a/temperature', 21, START_MS + 1);
    await second.pipeline.drain();
    expect(first.storage.rows('sensor_temperature').map((row) => row.value)).toEqual([20, 21]);
    await second.pipeline.close();
  });
});

describe('storage in trouble', () => {
  function faulty(
    storage: StorageAdapter,
    faults: { failing: boolean; apply?: boolean; refuse?: number },
  ): StorageAdapter {
    return {
      ...storage,
      async write(table, rows, options) {
        const refused = rows.some((row) => 'value' in row && row.value === faults.refuse);
        if (refused) throw new LouverError('E_STORAGE_REJECTED', 'this value is not liked');
        if (faults.failing && faults.apply) await storage.write(table, rows.slice(0, 1), options);
        if (faults.failing) throw new LouverError('E_STORAGE_UNAVAILABLE', 'connection lost');
        return storage.write(table, rows, options);
      },
    };
  }

  test('control goes on while it is away; every row is there once afterwards, also those that were applied in doubt', async () => {
    const memory = memoryStorage();
    const faults = { failing: true, apply: true };
    const { pipeline, send, published, clock } = rig({ storage: faulty(memory, faults), journal: memoryJournal() });
    await pipeline.open();
    for (let i = 0; i < 5; i++) {
      await send('s/a/humidity', 50 + 5 * i);
      await send('s/a/temperature', 20 + i);
      await clock.advance(1000);
    }
    expect(commandsOf(published).length).toBeGreaterThanOrEqual(5);
    expect(pipeline.health()).toMatchObject({
      state: 'degraded',
      reasons: [expect.stringContaining('connection lost')],
    });
    faults.failing = false;
    await clock.advance(30_000);
    await pipeline.drain();
    expect(memory.rows('sensor_temperature').map((row) => row.value)).toEqual([20, 21, 22, 23, 24]);
    expect(memory.rows('sensor_humidity')).toHaveLength(5);
    const actions = memory.rows('window_actions').map((row) => row.command_id);
    expect(new Set(actions).size).toBe(actions.length);
    expect(actions).toHaveLength(commandsOf(published).length);
    expect(pipeline.health().state).toBe('ready');
    await pipeline.close();
  });

  test('one row that is refused becomes a dead letter, the others of its batch are stored', async () => {
    const memory = memoryStorage();
    const { pipeline, send } = rig({ storage: faulty(memory, { failing: false, refuse: 13 }) });
    await pipeline.open();
    for (const value of [11, 12, 13, 14, 15]) await send('s/a/temperature', value);
    await pipeline.drain();
    expect(memory.rows('sensor_temperature').map((row) => row.value)).toEqual([11, 12, 14, 15]);
    expect(memory.rows('dead_letters')).toMatchObject([{ code: 'storage-rejected', topic: 'sensor_temperature' }]);
    await pipeline.close();
  });

  test('away at the start: taken in, said in health, stored when it comes', async () => {
    const memory = memoryStorage();
    let away = true;
    const storage: StorageAdapter = {
      ...memory,
      async open(context) {
        if (away) throw new LouverError('E_STORAGE_UNAVAILABLE', 'http://localhost:8123 refuses the connection');
        await memory.open(context);
      },
    };
    const { pipeline, send, clock, published } = rig({ storage });
    await pipeline.open();
    expect(pipeline.health().reasons).toEqual([expect.stringContaining('refuses the connection')]);
    await send('s/a/temperature', 20);
    await send('s/a/humidity', 50);
    await clock.advance(6000);
    expect(commandsOf(published)).toHaveLength(1);
    away = false;
    await clock.advance(30_000);
    await pipeline.drain();
    expect(memory.rows('sensor_temperature')).toHaveLength(1);
    expect(pipeline.health().state).toBe('ready');
    await pipeline.close();
  });

  test('durability storage: acknowledged only when the rows are there', async () => {
    const memory = memoryStorage();
    const faults = { failing: true };
    const { pipeline, send, clock } = rig({ storage: faulty(memory, faults), durability: 'storage' });
    await pipeline.open();
    let acknowledged = false;
    const sent = send('s/a/temperature', 20).then((receipt) => {
      acknowledged = true;
      return receipt;
    });
    await clock.advance(5000);
    expect(acknowledged).toBe(false);
    faults.failing = false;
    await clock.advance(30_000);
    expect(await sent).toMatchObject({ level: 'storage' });
    expect(memory.rows('sensor_temperature')).toHaveLength(1);
    await pipeline.close();
  });
});

describe('inference', () => {
  test('latest-wins per device: what waited and was superseded is not asked', async () => {
    const requests: string[] = [];
    const release: (() => void)[] = [];
    const engine = localEngine({ predictor: linearPredictor([{ name: 'temperature', ifMissing: 'hold' }]) });
    const { pipeline, send } = rig({
      engine: {
        ...engine,
        async infer(request, situation, signal): Promise<InferenceResult | undefined> {
          requests.push(String(request.scalars.temperature));
          await new Promise<void>((resolve) => release.push(resolve));
          return engine.infer(request, situation, signal);
        },
      },
    });
    await pipeline.open();
    await send('s/a/humidity', 50);
    for (const value of [20, 25, 30, 35]) await send('s/a/temperature', value);
    expect(requests).toEqual(['20']);
    release.shift()!();
    await expect.poll(() => requests).toEqual(['20', '35']);
    release.shift()!();
    await pipeline.drain();
    expect(requests).toEqual(['20', '35']);
    await pipeline.close();
  });

  test('a model that wants columns that nobody provides is refused at opening, by name', async () => {
    const predictor = linearPredictor([{ name: 'mfcc_mean_1', ifMissing: 0 }]);
    const { pipeline } = rig({ engine: localEngine({ predictor, features: loudnessFeatures() }) });
    await expect(pipeline.open()).rejects.toThrow(/E_MODEL.*mfcc_mean_1.*rms_mean, peak/);
  });

  test('the latest unexpired command goes out again when its device comes online, and is logged once', async () => {
    const { pipeline, send, published, storage, clock } = rig({
      codec: { ...lineCodec(), decode: (message) => {
        if (!message.topic.endsWith('/status')) return lineCodec().decode(message);
        const { receivedAtMs, deliveryId } = message;
        return [{
          kind: 'device-status', online: true, deviceId: 'a', timestampMs: receivedAtMs, receivedAtMs, timeSource: 'server',
          deviceTimestamp: '', messageId: deliveryId, identified: false,
        }];
      } },
    }); // prettier-ignore
    await pipeline.open();
    await send('s/a/humidity', 50);
    await send('s/a/temperature', 20);
    await pipeline.drain();
    await send('s/a/status', 1);
    await pipeline.drain();
    expect(commandsOf(published)).toHaveLength(2);
    expect(commandsOf(published)[0]).toEqual(commandsOf(published)[1]);
    expect(storage.rows('window_actions')).toHaveLength(1);
    await clock.advance(5 * 60_000);
    await send('s/a/status', 1);
    await pipeline.drain();
    expect(commandsOf(published)).toHaveLength(2);
    await pipeline.close();
  });
});
