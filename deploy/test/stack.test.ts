import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  skipWithoutMosquitto,
  startMosquitto,
  withMosquitto,
  type MosquittoProcess,
} from '../../packages/core/test/mqtt/mosquitto-process.js';
import { loadConfig } from '../../packages/server/src/config/load-config.js';
import { startServer, type RunningServer } from '../../packages/server/src/server.js';
import { chdbFront, type ChdbFront } from '../../packages/storage-clickhouse/test/support/chdb-front.js';
import { parseCompose } from './compose.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PATIENCE = { timeout: 20_000, interval: 10 };
const run = promisify(execFile);

/** The files of deploy/ as containers have them, but for where they lie and what they listen on. */
describe.skipIf(skipWithoutMosquitto)(`${withMosquitto}: the stack of compose.yaml, without containers`, () => {
  let folder: string;
  let secrets: string;
  let broker: MosquittoProcess;
  let clickhouse: ChdbFront;
  const servers: Record<string, RunningServer> = {};
  const clients: MqttClient[] = [];
  const secret = async (name: string): Promise<string> => (await readFile(join(secrets, name), 'utf8')).trimEnd();
  const environment = (): NodeJS.ProcessEnv => ({ ...process.env, LOUVER_SECRETS: secrets });
  const newUser = (name: string): string =>
    execFileSync(join(ROOT, 'deploy/mqtt-user.sh'), [name], { env: environment(), encoding: 'utf8' }).trimEnd();
  const as = async (username: string, password: string): Promise<MqttClient> => {
    const ca = await readFile(join(secrets, 'mqtt_ca'));
    const client = await connectAsync(
      `mqtts://localhost:${broker.port}`,
      { username, password, ca, reconnectPeriod: 0 },
      false,
    );
    clients.push(client);
    return client;
  };
  const start = async (role: 'ingest' | 'inference'): Promise<void> => {
    const yaml = (await readFile(join(ROOT, `deploy/louver/${role}.yaml`), 'utf8'))
      .replace('mqtts://mosquitto:8883', `mqtts://localhost:${broker.port}`)
      .replace('http://clickhouse:8123', clickhouse.url)
      .replace('/var/lib/louver', folder)
      .replace('0.0.0.0', '127.0.0.1')
      .replaceAll('/run/secrets', secrets);
    await writeFile(join(folder, `${role}.yaml`), yaml);
    const flags = { config: `${role}.yaml`, httpPort: '0' };
    servers[role] = await startServer(loadConfig({ flags, workingDirectory: folder }));
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'louver-stack-'));
    secrets = join(folder, 'secrets');
    await run(join(ROOT, 'deploy/make-secrets.sh'), ['localhost'], { env: environment() });
    await mkdir(join(folder, 'broker'));
    const conf = (await readFile(join(ROOT, 'deploy/mosquitto/mosquitto.conf'), 'utf8'))
      .replaceAll('/run/secrets', secrets)
      .replace('/mosquitto/config', join(ROOT, 'deploy/mosquitto'))
      .replace('/mosquitto/data', join(folder, 'broker'))
      .split('\n')
      .filter((line) => !/^(listener|log_dest) /.test(line));
    broker = await startMosquitto({ folder, config: [...conf, 'log_type information'] });
    clickhouse = await chdbFront(join(folder, 'clickhouse'));
    clickhouse.users.clear();
    clickhouse.users.set('louver', await secret('clickhouse_password'));
    await Promise.all([start('ingest'), start('inference')]);
    await vi.waitUntil(() => Object.values(servers).every((each) => each.health().state === 'ready'), PATIENCE);
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.endAsync(true)));
    await Promise.all(Object.values(servers).map((server) => server.close()));
    await broker?.stop('SIGKILL');
    await clickhouse?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('a device that is added while it runs is read, decided about and told, over TLS', async () => {
    const password = newUser('kitchen');
    process.kill(broker.pid, 'SIGHUP');
    let device: MqttClient | undefined;
    await vi.waitUntil(async () => (device = await as('kitchen', password).catch(() => undefined)), PATIENCE);
    const told: string[] = [];
    device!.on('message', (topic) => told.push(topic));
    await device!.subscribeAsync('window/kitchen/control', { qos: 1 });
    await device!.publishAsync('sensor/kitchen/temperature', '{"value": 27.5, "timestamp": ""}', { qos: 1 });
    await device!.publishAsync('sensor/kitchen/humidity', '{"value": 62, "timestamp": ""}', { qos: 1 });
    await expect.poll(() => told, PATIENCE).toContain('window/kitchen/control');
    // The way of a command to ingest, and of the prediction: both over the broker's access list.
    for (const table of ['sensor_temperature', 'window_actions', 'ml_predictions']) {
      const count = `SELECT count() > 0 AS here FROM iot.${table} WHERE device_id = 'kitchen'`;
      await expect.poll(() => clickhouse.sql(count), PATIENCE).toBe('{"here":1}\n');
    }
  });

  test('nobody does what others are for', async () => {
    const password = newUser('cellar');
    const homePassword = newUser('home');
    process.kill(broker.pid, 'SIGHUP');
    let cellar: MqttClient | undefined;
    await vi.waitUntil(async () => (cellar = await as('cellar', password).catch(() => undefined)), PATIENCE);
    const home = await as('home', homePassword);
    const seen: string[] = [];
    home.on('message', (topic) => seen.push(topic));
    await home.subscribeAsync(['sensor/#', 'window/#', 'ml/#'], { qos: 1 });
    const forbidden = [
      'sensor/hall/temperature',
      'window/cellar/control',
      'window/hall/state',
      'sensor/hall/audio/f/init',
      'ml/inference/response/cellar',
    ];
    for (const topic of forbidden) await cellar!.publishAsync(topic, '{"value": 20}', { qos: 1 });
    await home.publishAsync('sensor/cellar/temperature', '{"value": 1}', { qos: 1 });
    await home.publishAsync('window/cellar/set', 'STOP', { qos: 1 });
    await cellar!.publishAsync('sensor/cellar/audio/f/init', '{}', { qos: 1 });
    await cellar!.publishAsync('sensor/cellar/humidity', '{"value": 50, "timestamp": ""}', { qos: 1 });
    await expect.poll(() => seen, PATIENCE).toContain('sensor/cellar/humidity');
    expect(seen.filter((topic) => !topic.startsWith('sensor/kitchen') && !topic.startsWith('window/kitchen'))).toEqual([
      'window/cellar/set',
      'sensor/cellar/audio/f/init',
      'sensor/cellar/humidity',
    ]);
    await expect(as('cellar', 'another password')).rejects.toThrow(/Not authorized/);
    await expect(as('', '')).rejects.toThrow(/Not authorized/);
  });

  test('the health checks of the containers say what is so', async () => {
    const compose = parseCompose(await readFile(join(ROOT, 'compose.yaml'), 'utf8'));
    const [, line] = compose.services['mosquitto']!.healthcheck!.test;
    const ask = (port: number): Promise<{ stdout: string }> =>
      run('sh', ['-c', line!.replaceAll('$$', '$').replace('8883', String(port)).replaceAll('/run/secrets', secrets)]);
    expect((await ask(broker.port)).stdout).toMatch(/^\d+ seconds$/m);
    await expect(ask(1)).rejects.toThrow();
    const [, ...check] = compose.services['louver-ingest']!.healthcheck!.test;
    const louver = (args: readonly string[]): Promise<unknown> =>
      run(process.execPath, [join(ROOT, 'deploy/healthcheck.mjs'), ...args]);
    expect(check.slice(0, 2)).toEqual(['node', '/opt/louver/deploy/healthcheck.mjs']);
    await louver([...check.slice(2), String(servers['ingest']!.ports.http)]);
    await expect(louver([...check.slice(2), '1'])).rejects.toThrow(/readyz does not answer/);
    await expect(louver(['/nowhere', String(servers['ingest']!.ports.http)])).rejects.toThrow(/says 404/);
  });

  test('the API is closed but for the tokens of the secrets', async () => {
    const ask = async (role: string, token?: string): Promise<number> => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return (await fetch(`http://127.0.0.1:${servers[role]!.ports.http}/api/model`, { headers })).status;
    };
    expect([await ask('inference'), await ask('inference', await secret('metrics_token'))]).toEqual([401, 200]);
  });

  test('an engine in a process cannot back up while it runs: docs/BACKUP.md says so for as long as this holds', async () => {
    await expect(clickhouse.sql(`BACKUP DATABASE iot TO File('${folder}/online')`)).rejects.toThrow(
      /'backups\.allowed_path' configuration parameter is not set/,
    );
  });
});
