import { memoryStorage, type PipelineEvents } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { manualClock } from '@louver/core/testkit';
import { describe, expect, test } from 'vitest';
import { folder, manualCommand } from './support/faults.js';
import { leftIn, legacyCommand, legacyService, ownService, remoteRig } from './support/remote-rig.js';
import { settled, START_MS, until } from './support/rig.js';

type Rig = ReturnType<typeof remoteRig>;

function told({ pipeline }: Pick<Rig, 'pipeline'>) {
  const commands: PipelineEvents['command'][0][] = [];
  const predictions: PipelineEvents['prediction'][0][] = [];
  pipeline.on('command', (command) => commands.push(command));
  pipeline.on('prediction', (prediction) => predictions.push(prediction));
  return { commands, predictions };
}

describe('a service of our own', () => {
  test('answers with a command and a prediction, each a row and each told once', async () => {
    const run = remoteRig({ directory: await folder() });
    const { pipeline, transport, storage, clock } = run;
    await ownService(transport, { clock });
    const { commands, predictions } = told(run);
    await pipeline.open();
    await transport.inject('s/a/audio', new Uint8Array(64).fill(1));
    await run.pair('a', 20, START_MS);
    await pipeline.drain();
    const [request] = run.asked;
    expect(run.asked).toHaveLength(1);
    expect(storage.rows('window_actions')).toMatchObject([
      { device_id: 'a', request_id: request!.requestId, audio_hash: request!.audioHash, source: 'model' },
    ]);
    expect(storage.rows('ml_predictions')).toMatchObject([
      { request_id: request!.requestId, model_version: 'linear-1', held: false, timestamp: request!.timestampMs },
    ]);
    expect(commands).toHaveLength(1);
    expect(predictions).toMatchObject([{ requestId: request!.requestId, modelVersion: 'linear-1' }]);
    await pipeline.close();
  });

  test('that holds sends an answer only', async () => {
    const run = remoteRig({ directory: await folder() });
    const { pipeline, transport, storage, clock } = run;
    await ownService(transport, { clock, policy: { decide: () => ({ hold: 'quiet' }) } });
    await pipeline.open();
    await run.pair('a', 20, START_MS);
    await run.pair('a', 21, START_MS + 1);
    await pipeline.drain();
    expect(run.asked.length).toBeGreaterThan(0);
    expect(storage.rows('ml_predictions').map(({ request_id, held, reason }) => [request_id, held, reason])).toEqual(
      run.asked.map(({ requestId }) => [requestId, true, 'quiet']),
    );
    expect(storage.rows('window_actions')).toEqual([]);
    await pipeline.close();
  });

  test('that repeats its answers makes no second row and no second event, with or without a time, also after a restart', async () => {
    const directory = await folder();
    const memory = memoryStorage();
    const clock = manualClock(START_MS);
    for (const start of [0, 1]) {
      const run = remoteRig({ directory, memory, clock });
      const { commands, predictions } = told(run);
      await run.pipeline.open();
      const command = JSON.parse(legacyCommand({ scalars: { temperature: 20, humidity: 50 } }, START_MS)) as object;
      const own = { commandId: 'c1', requestId: 'r1', source: 'model', modelVersion: 'm' };
      const answer = { requestId: 'r1', prediction: 40, confidence: 1, inferenceMs: 1, modelVersion: 'm', held: false };
      for (let i = 0; i < 2; i++) {
        await clock.advance(1000);
        await run.transport.inject('w/a', JSON.stringify({ ...command, ...own }));
        await run.transport.inject('ml/response/a', JSON.stringify(answer));
        await run.transport.inject('ml/response/b', JSON.stringify({ ...answer, requestId: 'r2', t: START_MS }));
      }
      await run.pipeline.drain();
      expect([commands.length, predictions.length], `start ${start}`).toEqual([1, 2]);
      await run.pipeline.close();
    }
    expect(memory.rows('window_actions')).toHaveLength(1);
    expect(
      memory
        .rows('ml_predictions')
        .map(({ request_id }) => request_id)
        .sort(),
    ).toEqual(['r1', 'r2']);
  });
});

describe('a legacy service', () => {
  test("sends five members: its command has the request's sound, its prediction is external", async () => {
    const run = remoteRig({ directory: await folder() });
    const { pipeline, transport, storage, clock } = run;
    legacyService(transport, clock);
    const { commands } = told(run);
    await pipeline.open();
    await transport.inject('s/a/audio', new Uint8Array(64).fill(1));
    await run.pair('a', 20, START_MS);
    await run.pair('b', 30, START_MS);
    await pipeline.drain();
    const asked = new Map(run.asked.map((request) => [request.deviceId, request]));
    expect(asked.size).toBe(2);
    const actions = storage.rows('window_actions').toSorted((a, b) => a.device_id.localeCompare(b.device_id));
    expect(actions).toMatchObject([
      {
        device_id: 'a',
        request_id: asked.get('a')!.requestId,
        audio_hash: asked.get('a')!.audioHash,
        source: 'external',
      },
      { device_id: 'b', request_id: asked.get('b')!.requestId, audio_hash: '', source: 'external' },
    ]);
    for (const { requestId, timestampMs, deviceId } of asked.values()) {
      const row = storage.rows('ml_predictions').filter(({ request_id }) => request_id === requestId);
      expect(row).toMatchObject([
        { device_id: deviceId, timestamp: timestampMs, model_version: 'external', prediction: 40 },
      ]);
      expect(row[0]!.inference_time_ms).toBeNaN();
    }
    expect(commands).toHaveLength(2);
    await pipeline.close();
  });

  test('one request is outstanding at a time, and the newest change waits', async () => {
    const run = remoteRig({ directory: await folder() });
    const { pipeline, transport, clock } = run;
    await pipeline.open();
    for (let i = 0; i < 5; i++) await run.pair('a', 20 + i, START_MS + i);
    await transport.inject('w/a', legacyCommand(await run.request(), clock.now()));
    await run.request(2);
    expect(run.asked.map(({ scalars }) => scalars.temperature)).toEqual([20, 24]);
    await pipeline.close();
  });

  test('what it decides unasked, or too late, is stored without a sound', async () => {
    const run = remoteRig({ directory: await folder() });
    const { pipeline, transport, storage, clock } = run;
    await pipeline.open();
    await transport.inject('s/a/audio', new Uint8Array(64).fill(1));
    await run.pair('a', 20, START_MS);
    await run.request();
    await transport.inject('w/a', legacyCommand({ scalars: { temperature: 25, humidity: 50 } }, START_MS));
    await clock.advance(30_001);
    await transport.inject('w/a', legacyCommand({ scalars: { temperature: 20, humidity: 50 } }, clock.now()));
    await pipeline.drain();
    const actions = storage.rows('window_actions');
    expect(actions.map(({ audio_hash, request_id }) => [audio_hash, request_id])).toEqual([
      ['', ''],
      ['', ''],
    ]);
    const predictions = storage.rows('ml_predictions').map(({ request_id }) => request_id);
    expect(predictions).toEqual(actions.map(({ command_id }) => command_id));
    await pipeline.close();
  });

  test('a copy of its command makes no second prediction when it meets another request of the same air, now or after a restart', async () => {
    const directory = await folder();
    const memory = memoryStorage();
    const clock = manualClock(START_MS);
    let copy = '';
    for (const temperatures of [
      [20, 22, 20],
      [22, 20],
    ]) {
      const run = remoteRig({ directory, memory, clock });
      const { pipeline, transport } = run;
      await pipeline.open();
      for (const [n, temperature] of temperatures.entries()) {
        await clock.advance(1000);
        await run.pair('a', temperature);
        const request = await run.request(n + 1);
        const command = legacyCommand(request, clock.now());
        if (copy === '') copy = command;
        await transport.inject('w/a', copy);
        await transport.inject('w/a', command);
        await pipeline.drain();
      }
      await pipeline.close();
    }
    const requests = memory.rows('window_actions').map(({ request_id }) => request_id);
    expect(new Set(requests).size).toBe(5);
    expect(memory.rows('ml_predictions').map(({ request_id }) => request_id)).toEqual(requests);
  });

  test('a copy that comes while storage is being asked about the first does not overtake it', async () => {
    const directory = await folder();
    const memory = memoryStorage();
    const clock = manualClock(START_MS);
    const first = remoteRig({ directory, memory, clock });
    await first.pipeline.open();
    await first.send('s/a/temperature', 20, START_MS);
    await first.pipeline.drain();
    await first.pipeline.close();

    const second = remoteRig({ directory, memory, clock });
    const present = memory.present!.bind(memory);
    let away = true;
    memory.present = (table, keys) => (away ? Promise.reject(new Error('storage is away')) : present(table, keys));
    await second.pipeline.open();
    await second.pair('a', 25, START_MS + 1);
    const request = await second.request();
    // It has the time of what was stored before this start, and may be stored too.
    const command = legacyCommand(request, START_MS);
    await second.transport.inject('w/a', command);
    await second.pair('a', 30, START_MS + 2);
    await second.request(2);
    await second.transport.inject('w/a', command);
    await settled();
    away = false;
    await until(
      () => memory.rows('ml_predictions').length > 0 && memory.rows('window_actions').length > 0,
      () => clock.advance(100),
    );
    await second.pipeline.close();
    expect(memory.rows('window_actions').map(({ request_id }) => request_id)).toEqual([request.requestId]);
    expect(memory.rows('ml_predictions').map(({ request_id }) => request_id)).toEqual([request.requestId]);
  });

  test('storage is asked about a copy until it answers, and what comes after it waits', async () => {
    const directory = await folder();
    const memory = memoryStorage();
    const clock = manualClock(START_MS);
    const first = remoteRig({ directory, memory, clock });
    await first.pipeline.open();
    const copy = legacyCommand({ scalars: { temperature: 20, humidity: 50 } }, START_MS);
    await first.transport.inject('w/a', copy);
    await first.pipeline.drain();
    await first.pipeline.close();
    await clock.advance(60_000);

    const second = remoteRig({ directory, memory, clock });
    let failures = 2;
    const present = memory.present!.bind(memory);
    memory.present = (table, keys) =>
      failures-- > 0 ? Promise.reject(new Error('storage is away')) : present(table, keys);
    await second.pipeline.open();
    await second.pair('a', 20.5, clock.now());
    const request = await second.request();
    await second.transport.inject('w/a', copy);
    await second.transport.inject('w/a', legacyCommand(request, clock.now()));
    await until(
      () => memory.rows('ml_predictions').length === 2,
      () => clock.advance(1000),
    );
    await second.pipeline.drain();
    expect(memory.rows('window_actions').map(({ temperature }) => temperature)).toEqual([20, 20.5]);
    expect(memory.rows('ml_predictions')).toHaveLength(2);
    await second.pipeline.close();
  });
});

describe('no service', () => {
  test('is waited for 30 s, then health says so and the next readings are asked about; its first answer ends that', async () => {
    const run = remoteRig({ directory: await folder() });
    const { pipeline, transport, clock, logger } = run;
    await pipeline.open();
    await run.pair('a', 20, START_MS);
    await run.request();
    await clock.advance(29_999);
    expect(pipeline.health().state).toBe('ready');
    await clock.advance(1);
    await pipeline.idle();
    expect(pipeline.health()).toMatchObject({
      state: 'degraded',
      reasons: [expect.stringContaining('had no answer: is an inference service connected')],
    });
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ message: 'inference failed', fields: expect.objectContaining({ code: 'E_TIMEOUT' }) }),
    );
    legacyService(transport, clock);
    await run.pair('a', 20, clock.now());
    await pipeline.drain();
    expect(run.asked).toHaveLength(2);
    expect(pipeline.health().state).toBe('ready');
    await pipeline.close();
  });

  test('does not hold up the rows, nor a goodbye, which asks nothing more', async () => {
    const directory = await folder();
    const run = remoteRig({ directory });
    await run.pipeline.open();
    for (let i = 0; i < 3; i++) await run.pair('a', 20 + i, START_MS + i);
    await run.request();
    await run.pipeline.close();
    expect(run.storage.rows('sensor_temperature')).toHaveLength(3);
    expect(run.asked).toHaveLength(1);
    expect(run.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(await leftIn(directory)).toEqual([['ml/request/a', expect.stringContaining(run.asked[0]!.requestId)]]);
  });

  test('does not fill the journal for ever', async () => {
    const run = remoteRig({
      journal: fileJournal(await folder(), { maxBytes: 65_536, segmentBytes: 4096 }),
    });
    const { pipeline, transport, clock, storage } = run;
    await pipeline.open();
    await run.pair('a', 20, START_MS);
    await run.request();
    let acknowledged = 0;
    let sent = 0;
    // Once it is full nothing gets in that would tell how time goes by.
    const isFull = (): boolean => pipeline.health().reasons.some((reason) => reason.includes('E_JOURNAL_FULL'));
    for (let i = 0; !isFull(); i++) {
      const text = JSON.stringify({ v: 1, t: START_MS + i, filling: 'x'.repeat(400) });
      void transport.inject('s/b/co2', text).then(() => acknowledged++);
      sent++;
      await until(() => acknowledged === sent || isFull());
    }
    expect(acknowledged).toBeLessThan(sent);
    await until(
      () => acknowledged === sent,
      async () => {
        await clock.advance(1000);
        await settled();
      },
    );
    await pipeline.drain();
    expect(storage.rows('sensor_scalar')).toHaveLength(sent);
    await pipeline.close();
  });
});

test('a person moves the window: a row, no prediction', async () => {
  const run = remoteRig({ directory: await folder() });
  await run.pipeline.open();
  await run.transport.inject('w/a', manualCommand('a', START_MS));
  await run.pipeline.drain();
  expect(run.storage.rows('window_actions')).toHaveLength(1);
  expect(run.storage.rows('ml_predictions')).toEqual([]);
  await run.pipeline.close();
});

test('with a full journal requests go out, and keep their place before their answers', async () => {
  const run = remoteRig({
    journal: fileJournal(await folder(), { maxBytes: 65_536, segmentBytes: 4096 }),
  });
  const { pipeline, transport, clock, storage, faults } = run;
  legacyService(transport, clock);
  await pipeline.open();
  faults.away = true;
  for (let i = 0; i < 200; i++)
    void transport.inject('s/b/co2', JSON.stringify({ v: 1, t: START_MS + i, filling: 'x'.repeat(400) }));
  await until(() => pipeline.health().reasons.some((reason) => reason.includes('E_JOURNAL_FULL')));
  void run.send('s/a/temperature', 20, START_MS);
  void run.send('s/a/humidity', 50, START_MS);
  const { requestId } = await run.request();
  faults.away = false;
  await until(
    () => storage.rows('ml_predictions').length > 0,
    async () => {
      await clock.advance(100);
      await settled();
    },
  );
  let drained = false;
  void pipeline.drain().then(() => (drained = true));
  await until(
    () => drained,
    () => clock.advance(100),
  );
  expect(storage.rows('window_actions')).toMatchObject([{ request_id: requestId }]);
  expect(storage.rows('ml_predictions')).toMatchObject([{ request_id: requestId }]);
  await pipeline.close();
});

test('durability storage: a command is acknowledged when its rows are stored', async () => {
  const run = remoteRig({ durability: 'storage' });
  legacyService(run.transport, run.clock);
  await run.pipeline.open();
  const acknowledged = [run.send('s/a/temperature', 20), run.send('s/a/humidity', 50)];
  await run.pipeline.drain();
  await Promise.all(acknowledged);
  expect(run.storage.rows('window_actions')).toMatchObject([{ request_id: run.asked[0]!.requestId }]);
  await run.pipeline.close();
});
