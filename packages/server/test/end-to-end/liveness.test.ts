import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { manualClock } from '@louver/core/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.js';
import { startServer, type RunningServer } from '../../src/server.js';
import { removeBundles } from '../support/bundled-process.js';
import { startClickhouseFront, type ClickhouseFront } from '../support/clickhouse-front.js';

const START_MS = Date.UTC(2026, 2, 1, 12);
const PATIENCE = { timeout: 20_000, interval: 5 };
/** Of `devices.inactive_after`, and the longest until silence is looked for. */
const SILENCE_S = 600 + 30;

/** By one clock, which stands still between the steps. */
const clock = manualClock(START_MS);
let folder: string;
let front: ClickhouseFront;
let server: RunningServer;
let device: MqttClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-liveness-'));
  front = await startClickhouseFront({ path: join(folder, 'clickhouse') });
  // Questions to storage would be late by a clock that leaps.
  await writeFile(join(folder, 'louver.yaml'), 'devices: { inactive_after: 10m }\nhealth: { notice_within: 1h }\n');
  await start();
}, 60_000);

afterAll(async () => {
  await stop();
  await front?.close();
  await removeBundles();
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const flags = { dataDir: join(folder, 'data'), clickhouseUrl: front.url, mqttPort: '0', httpPort: '0' } as const;
  const config = loadConfig({ flags: { ...flags, model: false }, workingDirectory: folder });
  const starting = startServer(config, { context: { clock } });
  let isUp = false;
  void starting.finally(() => (isUp = true));
  while (!isUp) await passes(0.01);
  server = await starting;
  device = await connected();
}

function connected(options: IClientOptions = {}): Promise<MqttClient> {
  return connectAsync(`mqtt://127.0.0.1:${server.ports.mqtt}`, { reconnectPeriod: 0, ...options });
}

async function stop(): Promise<void> {
  await device?.endAsync();
  await server?.close();
}

/** Time goes on, and then what was taken in is dealt with. */
async function passes(seconds: number): Promise<void> {
  await clock.advance(seconds * 1000);
  await new Promise((resolve) => setImmediate(resolve));
  await server?.pipeline?.idle();
}

/** Publishes, as one message each and at one time: which is returned in milliseconds since the start of the test. */
async function talk(...deviceIds: readonly string[]): Promise<number> {
  const at = clock.now() - START_MS;
  for (const id of deviceIds) await device.publishAsync(`sensor/${id}/temperature`, '{"value": 20}', { qos: 1 });
  return at;
}

interface Row {
  readonly device_id: string;
  readonly is_active: boolean;
  readonly seen: number;
}

/** As anybody reads them: `seen` in milliseconds since the start of the test. */
async function rows(): Promise<Readonly<Record<string, readonly [boolean, number]>>> {
  const found = await front.sql<Row>(
    `SELECT device_id, is_active, toUnixTimestamp64Milli(last_seen) - ${START_MS} AS seen FROM iot.device_registry FINAL ORDER BY device_id FORMAT JSONEachRow`,
  );
  return Object.fromEntries(
    found.map(({ device_id, is_active, seen }) => [device_id, [is_active, Number(seen)] as const]),
  );
}

async function events(deviceId: string): Promise<readonly string[]> {
  const sql = `SELECT event FROM iot.device_events WHERE device_id = '${deviceId}' ORDER BY timestamp, event`;
  return (await front.sql<{ event: string }>(sql)).map(({ event }) => event);
}

/** What Prometheus is told, `active/inactive`; empty: nothing. */
async function counted(): Promise<string> {
  const text = await (await fetch(`http://127.0.0.1:${server.ports.http}/metrics`)).text();
  return [...text.matchAll(/^louver_devices\{state="(?:in)?active"\} (\d+)$/gm)].map(([, count]) => count).join('/');
}

/** The registry's row and its events go into tables of their own: one may be there before the other. */
async function happened(deviceId: string, expected: readonly string[]): Promise<void> {
  const look = async (): Promise<unknown> => {
    await passes(0.01);
    return events(deviceId);
  };
  await expect.poll(look, PATIENCE).toEqual(expected);
}

/** Prometheus is told so, once storage has said which devices there are. */
async function tallies(expected: string): Promise<void> {
  const look = async (): Promise<string> => {
    await passes(0.01);
    return counted();
  };
  await expect.poll(look, PATIENCE).toBe(expected);
}

/** Lets batches be written until the table says so. */
async function becomes(expected: Readonly<Record<string, readonly [boolean, number]>>, tally: string): Promise<void> {
  const look = async (): Promise<unknown> => {
    await passes(0.01);
    return rows();
  };
  await expect.poll(look, PATIENCE).toEqual(expected);
  await tallies(tally);
}

test('a device is there from its first message on, active as long as it talks, and none of its words is what its broker says', async () => {
  const will = { topic: 'sensor/c/status', payload: Buffer.from('offline'), qos: 1, retain: true } as const;
  const c = await connected({ clientId: 'c', will });
  const first = await talk('a', 'b');
  await c.publishAsync('sensor/c/status', 'online', { qos: 1, retain: true });
  await becomes({ a: [true, first], b: [true, first], c: [true, first] }, '3/0');
  await passes(20);
  const unwritten = await talk('a');
  expect(unwritten).toBeGreaterThan(first + 19);
  await passes(20);
  // Without DISCONNECT: the broker publishes the will.
  c.stream.destroy();
  const second = await talk('b');
  await becomes({ a: [true, first], b: [true, second], c: [true, first] }, '3/0');
  await expect.poll(() => events('c'), PATIENCE).toEqual(['online', 'registered', 'offline']);

  let last = second;
  for (let silence = 40; silence <= SILENCE_S; silence += 30) {
    await passes(30);
    last = await talk('b');
  }
  // What was too young to be written at its time is there once the device is silent; a row is 1 ms newer than the one before.
  await becomes({ a: [false, unwritten], b: [true, last], c: [false, first + 1] }, '1/2');
  await happened('a', ['registered', 'inactive']);
}, 60_000);

test('it stays so over a restart, and a message makes it active again', async () => {
  const before = await rows();
  await stop();
  await start();
  await tallies('1/2');
  expect(await rows()).toEqual(before);
  const again = await talk('a');
  await becomes({ ...before, a: [true, again] }, '2/1');
  await happened('a', ['registered', 'inactive', 'active']);
}, 60_000);

test('what happens while storage is away is true when it is back, also over a restart without it', async () => {
  const { c } = await rows();
  await front.refuse();
  await passes(60);
  const registered = await talk('d');
  let last = registered;
  for (let silence = 0; silence <= SILENCE_S; silence += 30) {
    await passes(30);
    last = await talk('a');
  }
  await tallies('1/3');
  const { b } = await rows();
  await stop();
  await start();
  expect(await counted()).toBe('');
  await passes(60);
  const unknown = await talk('a', 'e');
  await front.listen();
  const silent = b![1] + 1;
  await becomes(
    { a: [true, unknown], b: [false, silent], c: c!, d: [false, registered + 1], e: [true, unknown] },
    '2/3',
  );
  expect(last).toBeGreaterThan(registered);
  await happened('e', ['registered']);
}, 60_000);
