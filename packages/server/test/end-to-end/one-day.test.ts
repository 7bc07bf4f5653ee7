import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { anyOf, createPipeline, deadband, everyRecording, localEngine, memoryTransport } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { manualClock, type ManualClock } from '@louver/core/testkit';
import { esp32Codec, seededRandom, SimulatedDevice } from '@louver/device-esp32';
import { librosaFeatures, onnxPredictor, shippedModelPath } from '@louver/ml';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';

const START_MS = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;
const INTERVAL_MS = 60_000;
const AUDIO_INTERVAL_MS = 1_800_000;
const DEVICES = ['attic', 'bath', 'cellar', 'den', 'entry'];

/** Everything but the sockets: journal on disk, features, model, ClickHouse; time is made. */
function wholeStack(folder: string, clock: ManualClock) {
  const transport = memoryTransport();
  const storage = embeddedClickhouse({ path: join(folder, 'clickhouse') });
  const pipeline = createPipeline({
    transport,
    codec: esp32Codec(),
    journal: fileJournal(join(folder, 'journal')),
    storage,
    detector: anyOf(deadband({ temperature: 0.5, humidity: 2 }), everyRecording()),
    engine: localEngine({ features: librosaFeatures(), predictor: onnxPredictor(shippedModelPath()) }),
    context: { clock, random: seededRandom(7) },
  });
  const requests: string[] = [];
  pipeline.on('prediction', ({ deviceId }) => requests.push(deviceId));
  return { transport, storage, pipeline, requests };
}

test('five devices live through a day, a restart finds them unchanged and asks nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'louver-day-'));
  const clock = manualClock(START_MS);
  const { transport, storage, pipeline, requests } = wholeStack(folder, clock);
  await pipeline.open();
  const devices = DEVICES.map(
    (deviceId, i) =>
      new SimulatedDevice({
        deviceId,
        clock,
        random: seededRandom(i),
        intervalMs: INTERVAL_MS,
        audioIntervalMs: AUDIO_INTERVAL_MS,
        publish: async ({ topic, payload }) => void (await transport.inject(topic, payload)),
      }),
  );
  const moved: Promise<void>[] = [];
  transport.onPublish(({ topic, payload }) => {
    for (const device of devices) moved.push(device.onMessage(topic, payload));
  });
  const outdoorsIsFelt = new Map<string, number[]>(DEVICES.map((deviceId) => [deviceId, []]));

  const startedMs = performance.now();
  await Promise.all(devices.map((device) => device.start()));
  for (let elapsedMs = 0; elapsedMs < DAY_MS; elapsedMs += INTERVAL_MS) {
    await Promise.all(devices.map((device) => device.tick()));
    await pipeline.idle();
    await Promise.all(moved.splice(0));
    for (const device of devices) outdoorsIsFelt.get(device.deviceId)!.push(device.windowPosition);
    await clock.advance(INTERVAL_MS);
  }
  await pipeline.drain();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`one day of ${DEVICES.length} devices in ${seconds} s, ${requests.length} inferences`);

  const reader = storage.reader!;
  for (const deviceId of DEVICES) {
    const query = { deviceId, limit: 100_000 };
    expect(await reader.readings('temperature', query)).toHaveLength(DAY_MS / INTERVAL_MS);
    expect(await reader.readings('humidity', query)).toHaveLength(DAY_MS / INTERVAL_MS);
    const recordings = await reader.recordings(query);
    expect(recordings).toHaveLength(DAY_MS / AUDIO_INTERVAL_MS);
    for (const { features } of recordings) expect(features).toHaveProperty('values.mfcc_mean_1');
    const asked = requests.filter((id) => id === deviceId).length;
    expect(asked).toBeGreaterThanOrEqual(DAY_MS / AUDIO_INTERVAL_MS);
    expect(await reader.predictions(query)).toHaveLength(asked);
    const actions = await reader.actions(query);
    expect(actions).toHaveLength(asked);
    expect(new Set(actions.map(({ command_id }) => command_id)).size).toBe(asked);
    const positions = outdoorsIsFelt.get(deviceId)!;
    expect(Math.max(...positions) - Math.min(...positions)).toBeGreaterThan(5);
  }
  expect((await reader.devices()).map(({ device_id }) => device_id).sort()).toEqual(DEVICES);
  const last = new Map((await reader.lastActions()).map((action) => [action.device_id, action]));
  await pipeline.close();

  // The same readings as at the last request: nothing has changed for anybody.
  const restarted = wholeStack(folder, clock);
  await restarted.pipeline.open();
  for (const deviceId of DEVICES) {
    const timestamp = new Date(clock.now()).toISOString();
    const { temperature, humidity } = last.get(deviceId)!;
    await restarted.transport.inject(
      `sensor/${deviceId}/temperature`,
      JSON.stringify({ value: temperature, timestamp }),
    );
    await restarted.transport.inject(`sensor/${deviceId}/humidity`, JSON.stringify({ value: humidity, timestamp }));
  }
  await restarted.pipeline.drain();
  expect(restarted.requests).toEqual([]);
  await restarted.transport.inject(`sensor/${DEVICES[0]}/temperature`, JSON.stringify({ value: last.get(DEVICES[0]!)!.temperature + 0.6, timestamp: new Date(clock.now()).toISOString() })); // prettier-ignore
  await restarted.pipeline.drain();
  expect(restarted.requests).toEqual([DEVICES[0]]);
  await restarted.pipeline.close();
  await rm(folder, { recursive: true });
}, 120_000);
