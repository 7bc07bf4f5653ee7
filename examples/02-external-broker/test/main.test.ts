import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { skipWithoutMosquitto, startMosquitto } from '../../../packages/core/test/mqtt/mosquitto-process.js';
import { chdbFront } from '../../../packages/storage-clickhouse/test/support/chdb-front.js';

const example = fileURLToPath(new URL('..', import.meta.url));
const certificates = fileURLToPath(new URL('../../../packages/core/test/mqtt/fixtures/', import.meta.url));
const DEVICE_PASSWORD = 'a password for the kitchen';

/** What the README has one make, and the configuration as it is but for the port and names of files. */
async function brokerFolder(folder: string): Promise<readonly string[]> {
  await mkdir(join(folder, 'certs'));
  await mkdir(join(folder, 'broker'));
  await copyFile(join(certificates, 'authority.cert.pem'), join(folder, 'certs', 'authority.pem'));
  await copyFile(join(certificates, 'signed.cert.pem'), join(folder, 'certs', 'broker.pem'));
  await copyFile(join(certificates, 'signed.key.pem'), join(folder, 'certs', 'broker.key'));
  await copyFile(join(example, 'acl'), join(folder, 'acl'));
  await writeFile(join(folder, 'password'), 'a password for the server\n', { mode: 0o600 });
  const passwords = join(folder, 'passwords');
  execFileSync('mosquitto_passwd', ['-c', '-b', passwords, 'louver', 'a password for the server']);
  execFileSync('mosquitto_passwd', ['-b', passwords, 'kitchen', DEVICE_PASSWORD]);
  const config = await readFile(join(example, 'mosquitto.conf'), 'utf8');
  const inFolder = /^(cafile|certfile|keyfile|password_file|acl_file|persistence_location) (.*)$/;
  return config
    .split('\n')
    .filter((line) => line !== 'listener 8883')
    .map((line) =>
      line.replace(
        inFolder,
        (_all, key: string, file: string) => `${key} ${join(folder, file)}${file.endsWith('/') ? '/' : ''}`,
      ),
    );
}

test.skipIf(skipWithoutMosquitto)(
  'the program compiles and stores over TLS, also what came while it was away (skipped without mosquitto)',
  async () => {
    const compiler = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
    execFileSync(process.execPath, [compiler, '-p', example]);
    const folder = await mkdtemp(join(tmpdir(), 'louver-example-'));
    const broker = await startMosquitto({ folder, config: [...(await brokerFolder(folder)), 'log_type all'] });
    const clickhouse = await chdbFront(join(folder, 'clickhouse'));
    const url = `mqtts://localhost:${broker.port}`;
    let program: ChildProcess | undefined;
    let said = '';
    const start = (): Promise<string> => {
      const started = spawn(process.execPath, [join(example, 'dist', 'main.js')], {
        cwd: folder,
        env: { ...process.env, MQTT_URL: url, CLICKHOUSE_URL: clickhouse.url },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      program = started;
      started.stderr.on('data', (chunk) => (said += String(chunk)));
      return new Promise((resolve) => createInterface(started.stdout).once('line', resolve));
    };
    const stop = async (): Promise<void> => {
      const ended = new Promise((resolve) => program?.once('exit', resolve));
      if (program?.kill('SIGTERM') === true) await ended;
    };
    const values = () =>
      clickhouse.sql(
        'SELECT groupArray(value) AS values FROM (SELECT value FROM iot.sensor_temperature ORDER BY value)',
      );
    try {
      const ca = await readFile(join(folder, 'certs', 'authority.pem'));
      const device = await connectAsync(url, { username: 'kitchen', password: DEVICE_PASSWORD, ca });
      const first = start();
      // A broker keeps messages for those whom it knows.
      await expect.poll(() => broker.log(), { timeout: 20_000 }).toContain('Sending SUBACK to example-louver');
      await device.publishAsync('sensor/kitchen/temperature', '{"value": 27.5, "timestamp": ""}', { qos: 1 });
      await device.publishAsync('sensor/kitchen/humidity', '{"value": 62.0, "timestamp": ""}', { qos: 1 });
      expect(await first).toMatch(/^kitchen \d/);
      await stop();

      await device.publishAsync('sensor/kitchen/temperature', '{"value": 28.5, "timestamp": ""}', { qos: 1 });
      void start();
      await expect.poll(values, { timeout: 20_000 }).toBe('{"values":[27.5,28.5]}\n');
      await device.endAsync(true);

      // The broker goes away, the program does not.
      await broker.stop('SIGTERM');
      await expect.poll(() => said, { timeout: 20_000 }).toContain('connection refused');
      await broker.start();
      const again = await connectAsync(url, { username: 'kitchen', password: DEVICE_PASSWORD, ca });
      await again.publishAsync('sensor/kitchen/temperature', '{"value": 29.5, "timestamp": ""}', { qos: 1 });
      await expect.poll(values, { timeout: 20_000 }).toBe('{"values":[27.5,28.5,29.5]}\n');
      await again.endAsync();
      expect(program?.exitCode).toBeNull();
    } finally {
      await stop();
      await clickhouse.close();
      await broker.stop('SIGTERM');
      await rm(folder, { recursive: true });
    }
  },
);
