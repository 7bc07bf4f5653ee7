import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ready } from '../support/api.js';
import { startLouver, type LouverProcess } from '../support/louver-process.js';
import { MOSQUITTO_CONFIGS, skipWithoutMosquitto, startMosquitto, withMosquitto } from '../support/mosquitto.js';
import type { MosquittoProcess } from '../support/mosquitto.js';
import { rainRecording } from '../support/recordings.js';

interface Control {
  readonly device_id: string;
  readonly command_id: string;
  readonly features_used: { readonly temperature: number; readonly humidity: number };
}

describe.skipIf(skipWithoutMosquitto)(`${withMosquitto}: topics as they are configured`, () => {
  let folder: string;
  let broker: MosquittoProcess | undefined;
  let louver: LouverProcess | undefined;
  let client: MqttClient | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'louver-topics-'));
    broker = await startMosquitto({ folder, config: MOSQUITTO_CONFIGS['default configuration']() });
    client = await connectAsync(broker.url);
  });

  afterAll(async () => {
    await client?.endAsync(true);
    await louver?.kill('SIGKILL');
    await broker?.stop('SIGKILL');
    await rm(folder, { recursive: true });
  });

  test('a prefix, + and {device_id}, the id at another level: readings, recording, command and its row', async () => {
    const config = join(folder, 'louver.yaml');
    const topics = [
      'temperature: site1/sensor/+/temperature',
      'humidity: site1/sensor/{device_id}/humidity',
      'audio: +/site1/audio',
      'inference_request: site1/ask/{device_id}',
      'window_control: site1/{device_id}/window',
    ];
    await writeFile(
      config,
      `mqtt:\n  broker: ${broker!.url}\n  topics:\n${topics.map((line) => `    ${line}\n`).join('')}`,
    );
    louver = await startLouver(join(folder, 'data'), ['--config', config]);
    const { httpUrl } = louver;
    await ready(httpUrl);
    const controls: (Control & { readonly topic: string })[] = [];
    await client!.subscribeAsync('#', { qos: 1 });
    client!.on('message', (topic, payload) => {
      if (topic.includes('window')) controls.push({ ...(JSON.parse(String(payload)) as Control), topic });
    });

    const timestamp = new Date().toISOString();
    const send = (topic: string, body: object) =>
      client!.publishAsync(topic, JSON.stringify({ ...body, timestamp }), { qos: 1 });
    // Not ours: the same device under the topics of the default.
    await send('sensor/kitchen/temperature', { value: 99 });
    await send('site1/sensor/kitchen/temperature', { value: 25.5 });
    await send('site1/sensor/kitchen/humidity', { value: 60 });
    await vi.waitUntil(() => controls.length === 1, { timeout: 20_000 });
    const recording = rainRecording();
    await send('kitchen/site1/audio', { data: recording.wav.toString('base64'), sample_rate: 16_000, duration: 2 });
    await vi.waitUntil(() => controls.length === 2, { timeout: 20_000 });
    for (const control of controls) {
      expect(control).toMatchObject({
        topic: 'site1/kitchen/window',
        device_id: 'kitchen',
        features_used: { temperature: 25.5, humidity: 60 },
      });
    }
    const rows = async (path: string, member: string): Promise<readonly Record<string, unknown>[]> => {
      const response = await fetch(`${httpUrl}/api/devices/kitchen/${path}`);
      return ((await response.json()) as Record<string, readonly Record<string, unknown>[]>)[member] ?? [];
    };
    await expect
      .poll(async () => (await rows('commands', 'commands')).map((row) => row['command_id']), { timeout: 20_000 })
      .toEqual(controls.map((control) => control.command_id));
    await expect.poll(() => rows('data?sensor=audio', 'readings'), { timeout: 20_000 }).toHaveLength(1);
    expect(await rows('data?sensor=temperature', 'readings')).toMatchObject([{ value: 25.5 }]);
    expect(await rows('data?sensor=humidity', 'readings')).toMatchObject([{ value: 60 }]);
  });
});
