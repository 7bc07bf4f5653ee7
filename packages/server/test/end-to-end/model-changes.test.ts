import { mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceResult, Pipeline } from '@louver/core';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/config/load-config.js';
import type { ConfigFlags } from '../../src/config/sources.js';
import { startServer, type RunningServer } from '../../src/server.js';
import { modelBytes, modelFolder } from '../support/models.js';

const TOKEN = 'token-of-an-admin';
const environment = { LOUVER_API_TOKEN: TOKEN };
const PATIENCE = { timeout: 30_000, interval: 10 };

let folder: string;
let models: string;
const open: { close(): Promise<unknown> }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-changes-'));
  models = await modelFolder({ 'first.onnx': { version: 'v1', position: 20 } });
});
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
  for (const made of [folder, models]) await rm(made, { recursive: true });
});

async function start(yaml: string, flags: ConfigFlags = {}): Promise<RunningServer> {
  await writeFile(join(folder, 'louver.yaml'), yaml);
  const config = loadConfig({
    workingDirectory: folder,
    environment,
    flags: { mqttPort: '0', httpPort: '0', dataDir: join(folder, 'data'), ...flags },
  });
  const server = await startServer(config);
  open.push(server);
  return server;
}

function apiOf({ ports }: RunningServer) {
  const url = `http://127.0.0.1:${ports.http}`;
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${TOKEN}`);
    const answer = await fetch(`${url}${path}`, { ...init, headers });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const octets = { 'content-type': 'application/octet-stream' };
  return {
    ask,
    put: (bytes: Uint8Array) =>
      ask('/api/model?name=next', { method: 'PUT', headers: octets, body: bytes as Uint8Array<ArrayBuffer> }),
    rollBack: (reason: string) => {
      const headers = { 'content-type': 'application/json' };
      return ask('/api/model/rollback', { method: 'POST', headers, body: JSON.stringify({ reason }) });
    },
  };
}

/** A device whose temperature goes up and down by more than the threshold, as fast as it is acknowledged, and what is made of it. */
class RestlessRoom {
  readonly predictions: InferenceResult[] = [];
  readonly failures: Error[] = [];
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  private constructor(
    private readonly device: MqttClient,
    private readonly pipeline: Pipeline,
    /** °C */
    public around: number,
  ) {}

  static async enter({ pipeline, ports }: RunningServer, around = 20): Promise<RestlessRoom> {
    const room = new RestlessRoom(await connectAsync(`mqtt://127.0.0.1:${ports.mqtt}`), pipeline!, around);
    room.pipeline.on('prediction', (result) => room.predictions.push(result));
    room.pipeline.on('error', (error) => room.failures.push(error));
    room.#running = room.#measure();
    open.push({ close: () => room.leave() });
    return room;
  }

  /** Resolves when so many more have been answered, and gives those. */
  async next(count: number): Promise<readonly InferenceResult[]> {
    const from = this.predictions.length;
    await vi.waitUntil(() => this.predictions.length >= from + count, PATIENCE);
    return this.predictions.slice(from, from + count);
  }

  /** Resolves when everything that was measured is answered. */
  async leave(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    await this.device.endAsync();
    await this.pipeline.idle();
  }

  async #measure(): Promise<void> {
    for (let n = 0; !this.#stopped; n++) {
      for (const [quantity, value] of [
        ['temperature', this.around + (n % 2)],
        ['humidity', 50],
      ] as const) {
        const payload = JSON.stringify({ value, timestamp: new Date().toISOString() });
        await this.device.publishAsync(`sensor/room/${quantity}`, payload, { qos: 1 });
      }
    }
  }
}

const versionsOf = (predictions: readonly InferenceResult[]) => predictions.map(({ modelVersion }) => modelVersion);

test('while readings flow a model is uploaded, a broken one is refused, and it is taken back: none goes unanswered', async () => {
  const server = await start(`{ model: { path: ${models} }, limits: { model_bytes: 1MiB } }`);
  const { ask, put, rollBack } = apiOf(server);
  expect(server.model).toBe('first v1');
  const room = await RestlessRoom.enter(server);
  expect(new Set(versionsOf(await room.next(5)))).toEqual(new Set(['v1']));

  const uploaded = await put(modelBytes({ version: 'v2', position: 80 }));
  expect(uploaded).toMatchObject({ status: 200, body: { version: 'v2', state: 'serving' } });
  await room.next(1);
  expect(new Set(versionsOf(await room.next(5)))).toEqual(new Set(['v2']));
  expect(server.model).toBe(`${(uploaded.body['file'] as string).replace('.onnx', '')} v2`);

  const broken = await put(modelBytes({ version: 'v3' }).slice(0, 200));
  expect(broken).toMatchObject({ status: 422, body: { type: 'urn:louver:problem:model-refused' } });
  expect(await put(new Uint8Array(1024 ** 2 + 1))).toMatchObject({ status: 413 });
  expect(new Set(versionsOf(await room.next(5)))).toEqual(new Set(['v2']));

  expect(await rollBack('a draught')).toMatchObject({ status: 200, body: { version: 'v1' } });
  await room.next(1);
  expect(new Set(versionsOf(await room.next(5)))).toEqual(new Set(['v1']));
  await room.leave();

  expect(room.failures).toEqual([]);
  for (const { modelVersion, command } of room.predictions) {
    expect(command?.position).toBeCloseTo(modelVersion === 'v2' ? 80 : 20, 2);
  }
  const since = versionsOf(room.predictions).filter((version, i, all) => version !== all[i - 1]);
  expect(since).toEqual(['v1', 'v2', 'v1']);
  const commandsOf = async (version: string): Promise<number> => {
    const { body } = await ask('/api/devices/room/commands?limit=10000');
    const commands = (body['commands'] ?? []) as { model_version: string }[];
    return commands.filter((command) => command.model_version === version).length;
  };
  for (const version of ['v1', 'v2']) {
    const made = versionsOf(room.predictions).filter((each) => each === version).length;
    await expect.poll(() => commandsOf(version), PATIENCE).toBe(made);
  }
}, 120_000);

test('a file that is copied into the folder serves; taken back, it does not serve after a restart either', async () => {
  const yaml = `model: ${models}`;
  // Of an upload during which the process was killed.
  const abandoned = join(models, '.0123456789ab.upload');
  await writeFile(abandoned, 'half a model');
  await utimes(abandoned, 0, 0);
  const first = await start(yaml);
  expect(await readdir(models)).toEqual(['first.onnx']);
  await writeFile(join(models, 'second.tmp'), modelBytes({ version: 'v2' }));
  await rename(join(models, 'second.tmp'), join(models, 'second.onnx'));
  await expect.poll(() => first.model, PATIENCE).toBe('second v2');
  await first.close();

  const second = await start(yaml);
  expect(second.model).toBe('second v2');
  const { ask, put, rollBack } = apiOf(second);
  // It was there at the start: there is none before it.
  expect(await rollBack('a draught')).toMatchObject({ status: 409 });
  expect(await put(modelBytes({ version: 'v3' }))).toMatchObject({ status: 200 });
  expect(await rollBack('a draught')).toMatchObject({ status: 200, body: { version: 'v2' } });
  expect(await ask('/readyz')).toMatchObject({ status: 200, body: { state: 'ready' } });
  await second.close();

  const third = await start(yaml);
  expect(third.model).toBe('second v2');
}, 120_000);

test('a model that fails gives way by itself, within the configured bounds', async () => {
  const bounds = 'roll_back: { max_not_finite_rate: 0.1, window: 20, min_failures: 2 }';
  const server = await start(`model: { path: ${models}, watch: false, ${bounds} }`);
  const { ask, put } = apiOf(server);
  const room = await RestlessRoom.enter(server);
  await room.next(1);
  const { body } = await put(modelBytes({ version: 'v2', position: 80, brokenAbove: 25 }));
  expect(body).toMatchObject({ version: 'v2' });
  await room.next(3);
  room.around = 30;
  await expect.poll(() => server.model, PATIENCE).toBe('first v1');
  await room.next(3);
  await room.leave();

  expect(room.failures).toEqual([]);
  // Where the new one failed, the one before answered.
  for (const { command } of room.predictions) expect(command).toBeDefined();
  const { status, body: readiness } = await ask('/readyz');
  expect([status, readiness['notices']]).toEqual([
    200,
    [
      expect.stringMatching(
        /^model v2 \(next-.*\) was rolled back \(.* were no finite number, at most 10 % may\): v1 serves$/,
      ),
    ],
  ]);
  const versions = (await ask('/api/model')).body['versions'] as object[];
  expect(versions[0]).toMatchObject({ version: 'v2', state: 'rolled-back', not_finite: expect.any(Number) as number });
}, 120_000);

test('below the confidence floor the window goes to the safe position, and the reason is told', async () => {
  const server = await start(`{ model: ${models}, policy: { min_confidence: 0.99, safe_position: 5 } }`);
  const room = await RestlessRoom.enter(server);
  for (const { value, reason, command } of await room.next(2)) {
    expect(value).toBeCloseTo(20, 3);
    expect([command?.position, reason]).toEqual([5, 'confidence-too-low']);
  }
}, 120_000);

test('an inference service has its model replaced, the process that asks it has none', async () => {
  const ingest = await start('role: ingest');
  const broker = { mqttUrl: `mqtt://127.0.0.1:${ingest.ports.mqtt}` };
  const { mqttPort: _, ...flags } = { mqttPort: '0', role: 'inference', ...broker };
  await writeFile(join(folder, 'louver.yaml'), `model: ${models}`);
  const config = loadConfig({ workingDirectory: folder, environment, flags: { httpPort: '0', ...flags } });
  const service = await startServer(config);
  open.push(service);
  const { ask, put, rollBack } = apiOf(service);
  expect(await put(modelBytes({ version: 'v2' }))).toMatchObject({ status: 200 });
  expect((await ask('/api/model')).body).toMatchObject({ version: 'v2' });
  expect(await rollBack('a draught')).toMatchObject({ status: 200, body: { version: 'v1' } });
  expect(await apiOf(ingest).put(modelBytes({ version: 'v2' }))).toMatchObject({
    status: 404,
    body: { type: 'urn:louver:problem:no-model' },
  });
}, 120_000);
