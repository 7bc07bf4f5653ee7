import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultContext, type PredictionRow, type WindowActionRow } from '@louver/core';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import { latestTemperature } from '../support/api.js';
import { runLouver, startLouver, type LouverProcess } from '../support/louver-process.js';
import { skipWithoutMosquitto, startMosquitto, type MosquittoProcess } from '../support/mosquitto.js';
import { skipWithoutPython, startPeer, type PythonPeer } from '../support/python-peer.js';
import { rainRecording } from '../support/recordings.js';

const skip = skipWithoutMosquitto || skipWithoutPython;
const rain = rainRecording();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface Control {
  readonly device_id: string;
  readonly position: number;
  readonly confidence: number;
  readonly features_used: {
    readonly temperature: number;
    readonly humidity: number;
    readonly audio_features: string[];
  };
  readonly command_id?: string;
  readonly request_id?: string;
}

describe.skipIf(skip)('two roles at one broker (skipped without mosquitto and python3-paho-mqtt)', () => {
  let folder: string;
  let broker: MosquittoProcess;
  let device: MqttClient;
  let controls: Control[];
  /** Requests that a service of ours has answered. */
  let answered: Set<string>;
  const louvers: LouverProcess[] = [];
  const peers: PythonPeer[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'louver-roles-'));
    broker = await startMosquitto({ folder, config: ['allow_anonymous true'] });
    device = await connectAsync(broker.url, { clientId: 'device' });
    controls = [];
    answered = new Set();
    device.on('message', (topic, payload) => {
      if (topic.startsWith('window/')) controls.push(JSON.parse(String(payload)) as Control);
      if (!topic.startsWith('ml/inference/response/')) return;
      answered.add((JSON.parse(String(payload)) as { request_id: string }).request_id);
    });
    await device.subscribeAsync(['window/+/control', 'ml/inference/response/+'], { qos: 1 });
  });

  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.kill();
    await Promise.all(louvers.splice(0).map((louver) => louver.kill('SIGKILL')));
    await device.endAsync(true);
    await broker.stop('SIGKILL');
    await rm(folder, { recursive: true });
  });

  const role = async (name: 'ingest' | 'inference', ...args: string[]): Promise<LouverProcess> => {
    const louver = await startLouver(join(folder, name), ['--role', name, '--mqtt-url', broker.url, ...args]);
    louvers.push(louver);
    // Before that the broker keeps nothing for it.
    await vi.waitUntil(async () => (await readyz(louver))[0] === 200, { timeout: 10_000 });
    return louver;
  };
  const peer = (program: string, input?: string): PythonPeer => {
    const started = startPeer(program, ['127.0.0.1', String(broker.port)], input);
    peers.push(started);
    return started;
  };
  const publish = (topic: string, body: unknown) =>
    device.publishAsync(topic, typeof body === 'string' ? body : JSON.stringify(body), { qos: 1 });
  const reading = (id: string, quantity: string, value: number) =>
    publish(`sensor/${id}/${quantity}`, { value, timestamp: new Date().toISOString() });
  const recording = (id: string, data: Uint8Array, sampleRateHz = 16_000) =>
    publish(`sensor/${id}/audio`, {
      data: Buffer.from(data).toString('base64'),
      sample_rate: sampleRateHz,
      duration: 2,
      timestamp: new Date().toISOString(),
    });
  const commanded = (count: number) => vi.waitUntil(() => controls.length === count, { timeout: 20_000 });
  const readyz = async ({ httpUrl }: LouverProcess) => {
    const answer = await fetch(`${httpUrl}/readyz`);
    return [answer.status, await answer.json()] as const;
  };

  const commandsOf = async ({ httpUrl }: LouverProcess, id: string) => {
    const { commands } = (await (await fetch(`${httpUrl}/api/devices/${id}/commands`)).json()) as {
      commands?: unknown[];
    };
    return commands ?? [];
  };

  /** Until ingest has taken in what the device has seen: the broker keeps their order, and a last reading comes after all of it. */
  async function takenIn({ httpUrl }: LouverProcess): Promise<void> {
    const asked = (): (string | undefined)[] => controls.map((one) => one.request_id);
    await vi.waitUntil(() => asked().every((id) => id === undefined || answered.has(id)), { timeout: 20_000 });
    await reading('last', 'temperature', 20);
    await vi.waitUntil(async () => (await latestTemperature(httpUrl, 'last')) === 20, { timeout: 20_000 });
  }

  /** What the ingest role has stored, from the database itself once the process has ended. */
  async function stored(ingest: LouverProcess): Promise<{ actions: WindowActionRow[]; predictions: PredictionRow[] }> {
    expect(await ingest.kill('SIGTERM')).toBe(0);
    const storage = embeddedClickhouse({ path: join(folder, 'ingest', 'clickhouse') });
    await storage.open(defaultContext());
    const actions: WindowActionRow[] = [];
    const predictions: PredictionRow[] = [];
    for (const { device_id: deviceId } of await storage.reader!.devices()) {
      actions.push(...(await storage.reader!.actions({ deviceId, limit: 1_000 })));
      predictions.push(...(await storage.reader!.predictions({ deviceId, limit: 1_000 })));
    }
    await storage.close();
    return { actions, predictions };
  }

  test('a burst of requests with sound is answered, each of them, also beyond what is read ahead', async () => {
    await role('inference');
    const ids = Array.from({ length: 200 }, (_, i) => `room-${i}`);
    const request = {
      timestamp: new Date().toISOString(),
      temperature: 25,
      humidity: 60,
      audio_data: Buffer.from(rain.wav).toString('base64'),
      audio_metadata: { sample_rate: 16_000, duration: 2 },
    };
    await Promise.all(ids.map((id) => publish(`ml/inference/request/${id}`, { device_id: id, ...request })));
    const answered = (): Set<string> => new Set(controls.map(({ device_id: id }) => id));
    await vi.waitUntil(() => answered().size === ids.length, { timeout: 20_000 });
  });

  test('ingest asks, inference answers; what was said is stored once, by ingest alone', async () => {
    const inference = await role('inference');
    const ingest = await role('ingest');
    expect(await readyz(inference)).toMatchObject([200, { state: 'ready', components: { engine: { ok: true } } }]);
    expect(await readyz(ingest)).toMatchObject([200, { state: 'ready', durability: 'journal' }]);

    await reading('kitchen', 'temperature', 25.5);
    await reading('kitchen', 'humidity', 60);
    await commanded(1);
    await recording('kitchen', rain.wav);
    await commanded(2);
    await reading('bath', 'temperature', 21);
    await reading('bath', 'humidity', 88);
    await commanded(3);
    // Less than the thresholds: nobody is asked.
    await reading('bath', 'temperature', 21.4);
    await reading('kitchen', 'temperature', 27);
    await commanded(4);

    expect(existsSync(join(folder, 'inference'))).toBe(false);
    expect(existsSync(join(folder, 'ingest', 'clickhouse'))).toBe(true);
    await takenIn(ingest);
    const { actions, predictions } = await stored(ingest);
    expect(controls).toHaveLength(4);
    const byId = new Map(actions.map((action) => [action.command_id, action]));
    expect(byId.size).toBe(4);
    expect(actions).toHaveLength(4);
    for (const [i, { command_id: commandId, request_id: requestId, position }] of controls.entries()) {
      const audioHash = i === 1 || i === 3 ? sha256(rain.wav) : '';
      expect(byId.get(commandId!)).toMatchObject({
        position,
        request_id: requestId,
        audio_hash: audioHash,
        source: 'model',
      });
    }
    expect(predictions.map((row) => row.request_id).sort()).toEqual(controls.map((one) => one.request_id).sort());
    for (const row of predictions) {
      expect(row).toMatchObject({ model_version: 'v1.0.0', held: false, reason: '' });
      expect(row.position).toBe(controls.find((one) => one.request_id === row.request_id)!.position);
      expect(row.inference_time_ms).toBeGreaterThan(0);
    }
    expect(await inference.kill('SIGTERM')).toBe(0);
  }, 120_000);

  test.runIf(existsSync('/proc/self/maps'))(
    'the inference role never loads the database engine',
    async () => {
      const inference = await role('inference');
      await role('ingest');
      await reading('kitchen', 'temperature', 25.5);
      await reading('kitchen', 'humidity', 60);
      await commanded(1);
      const pids = louvers.map(({ pid }) => pid);
      const loaded = pids.map((pid) => /chdb/.test(readFileSync(`/proc/${pid}/maps`, 'utf8')));
      expect(loaded).toEqual([false, true]);
      expect((await fetch(`${inference.httpUrl}/api/devices`)).status).toBe(501);
    },
    120_000,
  );

  test('each half says in /metrics what it does, and what the other does not', async () => {
    const halves = [await role('inference'), await role('ingest')];
    await reading('kitchen', 'temperature', 25.5);
    await reading('kitchen', 'humidity', 60);
    await commanded(1);
    const told = async ({ httpUrl }: (typeof halves)[0]): Promise<string[]> => {
      const lines = (await (await fetch(`${httpUrl}/metrics`)).text()).split('\n');
      return lines.filter((line) => /^louver_(build_info|commands|requests_total|inference_(seconds_count|queue)|devices)/.test(line)).sort(); // prettier-ignore
    };
    await vi.waitUntil(async () => (await told(halves[0]!)).includes('louver_inference_queue 0'), { timeout: 20_000 });
    const version = /\d+\.\d+\.\d+/;
    expect((await told(halves[0]!)).map((line) => line.replace(version, '…'))).toEqual([
      'louver_build_info{version="…",role="inference"} 1',
      'louver_commands_total{source="model",result="sent"} 1',
      'louver_inference_queue 0',
      'louver_inference_seconds_count 1',
      'louver_requests_total 1',
    ]);
    await vi.waitUntil(async () => (await told(halves[1]!)).includes('louver_inference_seconds_count 1'), { timeout: 20_000 }); // prettier-ignore
    expect((await told(halves[1]!)).map((line) => line.replace(version, '…'))).toEqual([
      'louver_build_info{version="…",role="ingest"} 1',
      'louver_devices{state="active"} 1',
      'louver_devices{state="inactive"} 0',
      'louver_inference_queue 0',
      'louver_inference_seconds_count 1',
      'louver_requests_total 0',
    ]);
  }, 120_000);

  test('ingest with a service that knows the specification alone: its commands are attributed (P-27)', async () => {
    const service = peer('inference_service.py');
    await vi.waitUntil(() => service.lines.includes('ready'), { timeout: 20_000 });
    const ingest = await role('ingest');
    // Raw PCM travels as WAV and keeps its own hash.
    const pcm = rain.wav.subarray(44);

    await reading('kitchen', 'temperature', 25.5);
    await reading('kitchen', 'humidity', 60);
    await commanded(1);
    await recording('kitchen', rain.wav);
    await commanded(2);
    await reading('bath', 'temperature', 21);
    await reading('bath', 'humidity', 88);
    await commanded(3);
    await recording('bath', pcm);
    await commanded(4);
    await reading('kitchen', 'temperature', 28.25);
    await commanded(5);
    // Nobody was asked about such air.
    const stray = { ...controls[0], timestamp: new Date().toISOString(), position: 7 };
    await publish('window/kitchen/control', {
      ...stray,
      features_used: { temperature: 3, humidity: 4, audio_features: [] },
    });
    await commanded(6);
    await vi.waitUntil(async () => (await readyz(ingest))[0] === 200, { timeout: 5_000 });

    await takenIn(ingest);
    const { actions, predictions } = await stored(ingest);
    expect(service.errors()).toBe('');
    const hashes = ['', sha256(rain.wav), '', sha256(pcm), sha256(rain.wav), ''];
    const rowOf = ({ device_id, position }: Control) =>
      actions.filter((row) => row.device_id === device_id && row.position === position);
    expect(actions).toHaveLength(6);
    // The same air asked about twice makes the same position: told apart by their sounds.
    expect(actions.map(({ device_id, audio_hash }) => `${device_id} ${audio_hash}`).sort()).toEqual(
      controls.map(({ device_id }, i) => `${device_id} ${hashes[i]}`).sort(),
    );
    for (const control of controls) expect(rowOf(control).length).toBeGreaterThan(0);
    expect(actions.every(({ source }) => source === 'external')).toBe(true);
    expect(predictions).toHaveLength(6);
    for (const row of predictions) {
      expect(row).toMatchObject({ model_version: 'external', inference_time_ms: NaN, held: false });
      const action = actions.find(({ request_id, command_id }) => row.request_id === (request_id || command_id))!;
      expect(row).toMatchObject({ prediction: action.position, confidence: 0.92, position: action.position });
    }
  }, 120_000);

  test('inference with a backend that knows the specification alone', async () => {
    const inference = await role('inference');
    const asked = [
      ['kitchen', 25.5, 60, ''],
      ['kitchen', 25.5, 60, rain.wavFile],
      ['bath', 21, 88.25, ''],
      ['attic', -3, 40, rain.wavFile],
    ];
    const backend = peer('backend.py', asked.map((line) => JSON.stringify(line)).join('\n'));
    expect([await backend.exited, backend.errors()]).toEqual([0, '']);
    const answers = backend.lines.map((line) => JSON.parse(line) as { device_id: string; groups: string[] });
    expect(answers.map(({ device_id }) => device_id)).toEqual(asked.map(([id]) => id));
    expect(answers.map(({ groups }) => groups.length > 0)).toEqual(asked.map(([, , , file]) => file !== ''));
    expect(existsSync(join(folder, 'inference'))).toBe(false);
    expect(await inference.kill('SIGTERM')).toBe(0);
  }, 120_000);

  test('ingest killed while it waits: the command that comes meanwhile is attributed after the restart', async () => {
    const asked = new Promise<Record<string, unknown>>((resolve) => {
      device.on('message', (topic, payload) => {
        if (topic.startsWith('ml/inference/request/')) resolve(JSON.parse(String(payload)) as Record<string, unknown>);
      });
    });
    // A recording, and no request before it: temperature and humidity come last.
    const first = await role('ingest');
    await recording('kitchen', rain.wav);
    await reading('kitchen', 'temperature', 25.5);
    await device.subscribeAsync('ml/inference/request/+', { qos: 1 });
    await reading('kitchen', 'humidity', 60);
    const { temperature, humidity, request_id: requestId } = await asked;
    await first.kill('SIGKILL');
    const control = { device_id: 'kitchen', timestamp: new Date().toISOString(), position: 40, confidence: 0.5 };
    await publish('window/kitchen/control', {
      ...control,
      features_used: { temperature, humidity, audio_features: [] },
    });

    const second = await role('ingest');
    await vi.waitUntil(async () => (await commandsOf(second, 'kitchen')).length === 1, { timeout: 20_000 });
    const { actions, predictions } = await stored(second);
    expect(actions).toMatchObject([{ position: 40, audio_hash: sha256(rain.wav), request_id: requestId }]);
    expect(predictions).toMatchObject([{ prediction: 40, model_version: 'external', request_id: requestId }]);
  }, 120_000);

  test('inference killed before it answers: the request comes again', async () => {
    const first = await role('inference');
    const ingest = await role('ingest');
    const asked = new Promise((resolve) => {
      device.on('message', (topic) => {
        if (topic.startsWith('ml/inference/request/')) resolve(topic);
      });
    });
    await device.subscribeAsync('ml/inference/request/+', { qos: 1 });
    process.kill(first.pid, 'SIGSTOP');
    await reading('kitchen', 'temperature', 25.5);
    await reading('kitchen', 'humidity', 60);
    // Its socket is open, so the broker takes it for alive.
    await asked;
    await first.kill('SIGKILL');
    expect(controls).toEqual([]);
    await role('inference');
    await commanded(1);
    await takenIn(ingest);
    const { actions, predictions } = await stored(ingest);
    expect(actions).toMatchObject([{ command_id: controls[0]!.command_id, source: 'model' }]);
    expect(predictions).toMatchObject([{ request_id: controls[0]!.request_id, model_version: 'v1.0.0' }]);
  }, 120_000);

  test('at the embedded broker of ingest, with a user of the role inference', async () => {
    const ingestFolder = join(folder, 'ingest');
    const password = 'a password of some length';
    for (const [name, userRole] of [
      ['brain', 'inference'],
      ['kitchen', 'device'],
    ] as const) {
      const added = runLouver([
        'user',
        'add',
        name,
        '--role',
        userRole,
        '--password-stdin',
        '--data-dir',
        ingestFolder,
      ]);
      added.child.stdin!.end(`${password}\n`);
      expect([await added.exited, added.output()]).toMatchObject([0, expect.stringContaining(name)]);
    }
    const ingest = await startLouver(ingestFolder, ['--role', 'ingest']);
    louvers.push(ingest);
    await writeFile(join(folder, 'password'), password);
    await writeFile(
      join(folder, 'inference.yaml'),
      `role: inference\nhttp: { port: 0 }\nmqtt: { broker: "${ingest.mqttUrl}", username: brain, password_file: ${join(folder, 'password')} }\n`,
    );
    const inference = await startLouver(join(folder, 'inference'), ['--config', join(folder, 'inference.yaml')]);
    louvers.push(inference);
    expect(await readyz(inference)).toMatchObject([200, { state: 'ready' }]);

    const kitchen = await connectAsync(ingest.mqttUrl, { clientId: 'kitchen', username: 'kitchen', password });
    const command = new Promise<Control>((resolve) => {
      kitchen.on('message', (_topic, payload) => resolve(JSON.parse(String(payload)) as Control));
    });
    await kitchen.subscribeAsync('window/kitchen/control', { qos: 1 });
    const timestamp = new Date().toISOString();
    for (const [quantity, value] of [
      ['temperature', 25.5],
      ['humidity', 60],
    ] as const) {
      await kitchen.publishAsync(`sensor/kitchen/${quantity}`, JSON.stringify({ value, timestamp }), { qos: 1 });
    }
    const { command_id: commandId, position } = await command;
    await kitchen.endAsync();
    // Its answer comes after its command, and it ends what it has begun.
    expect(await inference.kill('SIGTERM')).toBe(0);
    const { actions, predictions } = await stored(ingest);
    expect(actions).toMatchObject([{ command_id: commandId, position }]);
    expect(predictions).toMatchObject([{ model_version: 'v1.0.0', position }]);
  }, 120_000);
});
