import { deadband, localEngine, memoryJournal } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { lineCodec } from './support/line-codec.js';
import { awayStorage, manualCommand, unhandledRejections } from './support/faults.js';
import { commandsOf, rig, settled, START_MS } from './support/rig.js';
import { linearPredictor } from './support/test-parts.js';

const engine = () => localEngine({ predictor: linearPredictor([{ name: 'temperature', ifMissing: 'hold' }]) });

describe('parts that misbehave', () => {
  test('a detector that throws disturbs one message', async () => {
    const rejections = unhandledRejections();
    const inner = deadband({ temperature: 0.5, humidity: 2 });
    const { pipeline, send, published, logger } = rig({
      detector: {
        ...inner,
        observe(reading) {
          if (reading.kind === 'scalar' && reading.value === 13) throw new Error('this value is not liked');
          return inner.observe(reading);
        },
      },
    });
    await pipeline.open();
    await send('s/a/temperature', 13);
    await send('s/a/temperature', 20, START_MS + 1);
    await send('s/a/humidity', 50);
    await pipeline.drain();
    expect(rejections).toEqual([]);
    expect(commandsOf(published)).toHaveLength(1);
    expect(logger.lines).toContainEqual(expect.objectContaining({ message: 'live path failed' }));
    await pipeline.close();
  });

  test('a listener that throws or rejects is logged', async () => {
    const rejections = unhandledRejections();
    const { pipeline, send, logger } = rig();
    const rejecting = (): Promise<void> => Promise.reject(new Error('later'));
    pipeline.on('reading', rejecting as () => void);
    pipeline.on('reading', () => {
      throw new Error('at once');
    });
    await pipeline.open();
    await send('s/a/temperature', 20);
    await settled();
    expect(rejections).toEqual([]);
    const failed = logger.lines.filter(({ message }) => message === 'listener failed');
    expect(failed.map(({ fields }) => fields)).toEqual([
      { event: 'reading', error: 'Error: at once' },
      { event: 'reading', error: 'Error: later' },
    ]);
    await pipeline.close();
  });

  test('an engine that never answers is given up, and its device is asked about again', async () => {
    const asked: string[] = [];
    const { pipeline, send, clock, logger } = rig({
      engine: {
        ...engine(),
        infer: ({ requestId }) => {
          asked.push(requestId);
          return new Promise(() => {});
        },
      },
    });
    await pipeline.open();
    await send('s/a/temperature', 20);
    await send('s/a/humidity', 50);
    await settled();
    await clock.advance(10_000);
    await settled();
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ message: 'inference failed', fields: expect.objectContaining({ code: 'E_TIMEOUT' }) }),
    );
    await send('s/a/temperature', 25);
    await settled();
    expect(asked).toHaveLength(2);
    await clock.advance(10_000);
    await pipeline.close();
  });

  test('an engine that throws instead of rejecting', async () => {
    const rejections = unhandledRejections();
    const { pipeline, send, logger } = rig({
      engine: {
        ...engine(),
        infer: () => {
          throw new Error('at once');
        },
      },
    });
    await pipeline.open();
    await send('s/a/temperature', 20);
    await send('s/a/humidity', 50);
    await pipeline.drain();
    expect(rejections).toEqual([]);
    expect(logger.lines).toContainEqual(expect.objectContaining({ message: 'inference failed' }));
    await pipeline.close();
  });
});

test('with a full journal control goes on; what is held is acknowledged and stored once there is room', async () => {
  const { storage, faults, memory } = awayStorage();
  const journal = memoryJournal({ maxRecords: 6 });
  const { pipeline, send, published, clock } = rig({ storage, journal });
  await pipeline.open();
  await send('s/a/temperature', 20);
  await send('s/a/humidity', 50);
  await clock.advance(6000);
  let acknowledged = 0;
  for (let i = 1; i <= 8; i++) {
    void send('s/a/temperature', 20 + i).then(() => acknowledged++);
    await clock.advance(1000);
  }
  expect(acknowledged).toBeLessThan(8);
  expect(pipeline.health().reasons).toContainEqual(expect.stringContaining('E_JOURNAL_FULL'));
  const answers = published.filter(({ topic }) => topic.startsWith('ml/response'));
  expect(answers.length + commandsOf(published).length).toBeGreaterThan(0);
  faults.away = false;
  await clock.advance(60_000);
  await pipeline.drain();
  expect(acknowledged).toBe(8);
  expect(memory.rows('sensor_temperature').map(({ value }) => value)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28]);
  const predictions = memory.rows('ml_predictions').map(({ request_id }) => request_id);
  expect(new Set(predictions).size).toBe(predictions.length);
  const actions = memory.rows('window_actions').map(({ command_id }) => command_id);
  expect(actions).toHaveLength(commandsOf(published).length);
  expect(pipeline.health().state).toBe('ready');
  await pipeline.close();
});

describe('signs of life', () => {
  test('a command to a device is none', async () => {
    const { pipeline, transport, storage } = rig();
    await pipeline.open();
    await transport.inject('w/ghost', manualCommand('ghost', START_MS));
    await pipeline.drain();
    expect(storage.rows('window_actions')).toHaveLength(1);
    expect(await storage.reader.devices()).toEqual([]);
    await pipeline.close();
  });

  test('a last will is none', async () => {
    const { pipeline, transport, storage, send, clock } = rig({
      codec: {
        ...lineCodec(),
        decode(message) {
          if (!message.topic.endsWith('/status')) return lineCodec().decode(message);
          const { receivedAtMs, deliveryId } = message;
          const online = Buffer.from(message.payload).toString() === 'online';
          const base = { deviceId: 'a', timestampMs: receivedAtMs, receivedAtMs, messageId: deliveryId };
          const rest = { timeSource: 'server', deviceTimestamp: '', identified: false } as const;
          return [{ kind: 'device-status', online, ...base, ...rest }];
        },
      },
    });
    await pipeline.open();
    await send('s/a/temperature', 20);
    await clock.advance(11 * 60_000);
    await transport.inject('s/a/status', 'offline');
    await pipeline.drain();
    expect(await storage.reader.devices()).toMatchObject([{ is_active: false }]);
    await transport.inject('s/a/status', 'online');
    await pipeline.drain();
    expect(await storage.reader.devices()).toMatchObject([{ is_active: true }]);
    await pipeline.close();
  });
});
