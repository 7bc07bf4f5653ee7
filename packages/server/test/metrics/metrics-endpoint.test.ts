import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.js';
import { startServer, type RunningServer } from '../../src/server.js';

const TOKEN = 'a-token-of-nobody-else';
/** Where nothing may be left out it is missed. */
const hasPromtool = process.env['CI'] === 'true' || spawnSync('promtool', ['--version']).error === undefined;

let folder: string;
let server: RunningServer;
/** When the server was there. */
let cpuAtStart: NodeJS.CpuUsage;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-metrics-'));
  const flags = { mqttPort: '0', httpPort: '0', dataDir: join(folder, 'data') };
  server = await startServer(loadConfig({ workingDirectory: folder, environment: { LOUVER_API_TOKEN: TOKEN }, flags }));
  cpuAtStart = process.cpuUsage();
  const client = await connectAsync(`mqtt://127.0.0.1:${server.ports.mqtt}`);
  const publish = (topic: string, payload: string | object): Promise<unknown> =>
    client.publishAsync(topic, typeof payload === 'string' ? payload : JSON.stringify(payload), { qos: 1 });
  const reading = (value: number, seq: number): object => ({
    value,
    seq,
    boot: 1,
    timestamp: new Date().toISOString(),
  });
  for (let i = 0; i < 5; i++) await publish('sensor/kitchen/temperature', reading(20 + i, i));
  await publish('sensor/kitchen/humidity', reading(50, 10));
  // The last one once more.
  await publish('sensor/kitchen/humidity', reading(50, 10));
  await publish('sensor/attic/temperature', 'warm');
  await publish('sensor/attic/temperature', { value: 999 });
  await publish('sensor/attic/temperature', { value: 998 });
  // A good member and a bad one.
  await publish('devices/half/telemetry', { temperature: 20, humidity: 999 });
  await publish('window/kitchen/state', { position: 10, target: 10, command_id: '', result: 'done', timestamp: new Date().toISOString() }); // prettier-ignore
  await publish('window/kitchen/set', '40');
  await client.endAsync();
  await server.pipeline!.drain();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

function ask(
  headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` },
  method = 'GET',
): Promise<Response> {
  return fetch(`http://127.0.0.1:${server.ports.http}/metrics`, { method, headers });
}

/** The samples whose name and labels begin so, by what follows; or the only one. */
async function samples(): Promise<Map<string, number>> {
  const lines = (await (await ask()).text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

test('every message is counted once, by what it tells and what became of it', async () => {
  const found = await samples();
  const messages = [...found].filter(([name]) => name.startsWith('louver_messages_total'));
  expect(Object.fromEntries(messages)).toEqual({
    // The first member of the telemetry is a temperature.
    'louver_messages_total{kind="temperature",result="accepted"}': 5 + 1,
    'louver_messages_total{kind="humidity",result="accepted"}': 2,
    'louver_messages_total{kind="humidity",result="duplicate"}': 1,
    'louver_messages_total{kind="unknown",result="dead-letter"}': 3,
    'louver_messages_total{kind="state",result="accepted"}': 1,
    // Commands come back from the broker and are messages too: one of the model, and one of a person.
    'louver_messages_total{kind="command",result="accepted"}': 2,
  });
  expect(found.get('louver_decode_errors_total{code="not-json"}')).toBe(1);
  expect(found.get('louver_decode_errors_total{code="out-of-range"}')).toBe(3);
  expect(found.get('louver_duplicates_total{table="sensor_humidity"}')).toBe(1);
  expect(found.get('louver_dead_letters_total{reason="out-of-range"}')).toBe(3);
  expect(found.get('louver_commands_total{source="manual",result="sent"}')).toBe(1);
  expect(found.get('louver_command_reports_total{result="done"}')).toBe(1);
});

test('decisions, batches and the journal: as often as they happened', async () => {
  const found = await samples();
  // The change is that all of the kitchen is known, at its first humidity; the second one is no change.
  expect(found.get('louver_detections_total')).toBe(1);
  expect(found.get('louver_inference_seconds_count')).toBe(1);
  expect(found.get('louver_commands_total{source="model",result="sent"}')).toBe(1);
  expect(found.get('louver_inference_queue')).toBe(0);
  expect(found.get('louver_storage_batch_rows_sum{table="sensor_temperature"}')).toBe(6);
  expect(found.get('louver_storage_batch_rows_sum{table="dead_letters"}')).toBe(4);
  expect(found.get('louver_storage_write_seconds_count{table="sensor_temperature"}')).toBe(
    found.get('louver_storage_batch_rows_count{table="sensor_temperature"}'),
  );
  expect(found.get('louver_journal_sync_seconds_count')).toBeGreaterThan(0);
  expect(found.get('louver_journal_bytes')).toBeGreaterThan(0);
  expect(found.get('louver_journal_bytes')).toBeLessThan(found.get('louver_journal_max_bytes')!);
});

test('how things stand: devices, parts, the event loop, the process', async () => {
  const { user, system } = process.cpuUsage(cpuAtStart);
  const usedBeforeAsked = (user + system) / 1e6;
  const found = await samples();
  // attic has sent nothing that could be read.
  expect(found.get('louver_devices{state="active"}')).toBe(2);
  expect(found.get('louver_devices{state="inactive"}')).toBe(0);
  for (const component of ['transport', 'journal', 'storage', 'engine']) {
    expect(found.get(`louver_component_up{component="${component}"}`), component).toBe(1);
  }
  // Looked at for longer than a start takes: many timers have been late since.
  const delay = found.get('louver_event_loop_delay_seconds{stat="max"}')!;
  expect(delay).toBeGreaterThanOrEqual(0);
  expect(delay).toBeLessThan(5);
  expect([...found.keys()].find((name) => name.startsWith('louver_build_info'))).toMatch(
    /version="\d+\.\d+\.\d+",role="all"/,
  );
  expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(1e7);
  // Since the server is there, not since somebody asked.
  expect(found.get('process_cpu_seconds_total')).toBeGreaterThanOrEqual(usedBeforeAsked);
});

test('who has no token learns nothing; POST is not possible', async () => {
  expect((await ask({})).status).toBe(401);
  expect((await ask({ authorization: 'Bearer wrong' })).status).toBe(401);
  expect((await ask(undefined, 'POST')).status).toBe(405);
});

test.skipIf(!hasPromtool)('Prometheus has nothing to say against it', async () => {
  const answer = await ask();
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: await answer.text(),
    encoding: 'utf8',
  });
  expect(`${stdout}${stderr}`).toBe('');
  expect(status).toBe(0);
});
