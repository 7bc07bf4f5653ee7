import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../src/config/load-config.js';
import type { ConfigFlags } from '../src/config/sources.js';
import { startServer, type RunningServer } from '../src/server.js';
import { addUser } from '../src/users/manage-users.js';
import { startLouver } from './support/louver-process.js';

let folder: string;
let running: RunningServer | undefined;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'louver-readers-'))));
afterEach(async () => {
  await running?.close();
  running = undefined;
  await rm(folder, { recursive: true });
});

async function start(yaml: string, flags: ConfigFlags = {}, environment: Record<string, string> = {}) {
  await writeFile(join(folder, 'louver.yaml'), yaml);
  const config = loadConfig({
    workingDirectory: folder,
    environment,
    flags: { mqttPort: '0', httpPort: '0', dataDir: join(folder, 'data'), model: false, ...flags },
  });
  return (running = await startServer(config));
}
const urlOf = ({ ports }: RunningServer) => `http://127.0.0.1:${ports.clickhouse}`;

test('a reading that came by MQTT is read over ClickHouse’s interface, and nothing is written that way', async () => {
  const server = await start('', { clickhousePort: '0' });
  const device = await connectAsync(`mqtt://127.0.0.1:${server.ports.mqtt}`);
  const timestamp = '2026-03-01T12:00:00.125Z';
  await device.publishAsync('sensor/kitchen/temperature', JSON.stringify({ value: 25.5, timestamp }), { qos: 1 });
  await device.endAsync();
  const ask = (body: string) => fetch(urlOf(server), { method: 'POST', body });
  const read = async () =>
    (await ask('SELECT device_id, value, timestamp FROM iot.sensor_temperature FORMAT JSONCompactEachRow')).text();
  // Acknowledged from the journal, stored a moment later.
  await expect.poll(read, { timeout: 30_000 }).toBe('["kitchen", 25.5, "2026-03-01 12:00:00.125"]\n');
  const refused = await ask('TRUNCATE TABLE iot.sensor_temperature');
  expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('not for readers') as string]);
});

test('without the flag nothing listens; 0 by the environment is any free port', async () => {
  expect((await start('')).ports.clickhouse).toBeUndefined();
  await running!.close();
  const server = await start('', {}, { LOUVER_CLICKHOUSE_PORT: '0' });
  expect(await (await fetch(`${urlOf(server)}/ping`)).text()).toBe('Ok.\n');
});

test('a port in use is named with its flag before anything is opened, and can be had later', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const clickhousePort = String((taken.address() as AddressInfo).port);
  await expect(start('', { clickhousePort })).rejects.toThrow(
    `E_CONFIG: ClickHouse port ${clickhousePort} on 127.0.0.1 is already in use: stop what uses it or choose another one with --clickhouse-port`,
  );
  await new Promise((resolve) => taken.close(resolve));
  expect((await start('', { clickhousePort })).ports.clickhouse).toBe(Number(clickhousePort));
});

test('a password for the reader', async () => {
  await writeFile(join(folder, 'reader'), 'correct horse battery\n');
  const yaml = `clickhouse: { port: 0, reader_username: grafana, reader_password_file: ${join(folder, 'reader')} }`;
  const server = await start(yaml);
  const query = `${urlOf(server)}/?query=SELECT+1`;
  expect((await fetch(query)).status).toBe(403);
  const headers = { 'x-clickhouse-user': 'grafana', 'x-clickhouse-key': 'correct horse battery' };
  expect(await (await fetch(query, { headers })).text()).toBe('1\n');
  await running!.close();
  await expect(start(yaml.replace('/reader }', '/none }'))).rejects.toThrow(
    /^E_CONFIG: clickhouse\.reader_password_file: .*none cannot be used/,
  );
});

test('an address that others reach needs a password', async () => {
  await addUser(
    join(folder, 'data', 'users.json'),
    { name: 'ann', role: 'viewer', password: 'correct horse' },
    new Date(),
  );
  const token = { LOUVER_API_TOKEN: 'correct-horse-battery' };
  const flags = { host: '0.0.0.0', clickhousePort: '0' };
  await expect(start('', flags, token)).rejects.toThrow(
    /^E_CONFIG: host 0\.0\.0\.0 .*clickhouse\.reader_password_file/,
  );
  await writeFile(join(folder, 'reader'), 'correct horse battery');
  const yaml = `clickhouse: { reader_password_file: ${join(folder, 'reader')} }`;
  const server = await start(yaml, flags, token);
  expect((await fetch(`${urlOf(server)}/?query=SELECT+1`)).status).toBe(403);
});

test('closing does not wait for what readers ask', async () => {
  const server = await start('', { clickhousePort: '0' });
  const body = 'SELECT sum(sipHash64(number)) FROM numbers(1000000000000)';
  const asked = fetch(urlOf(server), { method: 'POST', body }).then(
    () => 'answered',
    () => 'cut',
  );
  // It has come in when a later one is answered.
  await fetch(`${urlOf(server)}/ping`);
  await running!.close();
  expect(await asked).toBe('cut');
  running = undefined;
});

test('the command line says where, and SIGTERM ends it', async () => {
  const louver = await startLouver(join(folder, 'data'), ['--no-model', '--clickhouse-port', '0']);
  const [, url] = /, readers (http:\/\/127\.0\.0\.1:\d+),/.exec(louver.output()) ?? [];
  const answer = await fetch(`${url}/?query=SHOW+TABLES`);
  expect(await answer.text()).toContain('sensor_temperature\n');
  expect(await louver.kill('SIGTERM')).toBe(0);
});
