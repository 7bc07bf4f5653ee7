import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { chdbFront } from '../../../packages/storage-clickhouse/test/support/chdb-front.js';

const example = fileURLToPath(new URL('..', import.meta.url));

test('the program of the README compiles, stores what is published and moves the window', async () => {
  const compiler = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
  execFileSync(process.execPath, [compiler, '-p', example]);

  const folder = await mkdtemp(join(tmpdir(), 'louver-example-'));
  const broker = await Aedes.createBroker();
  const listener = createServer({ noDelay: true }, broker.handle);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const mqttUrl = `mqtt://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const clickhouse = await chdbFront(join(folder, 'clickhouse'));

  const subscribed = new Promise<void>((resolve) => {
    broker.on('subscribe', (subscriptions) => {
      if (subscriptions.some(({ topic }) => topic.startsWith('sensor/'))) resolve();
    });
  });
  const service = spawn(process.execPath, [join(example, 'dist', 'main.js')], {
    cwd: folder,
    env: { ...process.env, MQTT_URL: mqttUrl, CLICKHOUSE_URL: clickhouse.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = new Promise<string>((resolve) => createInterface(service.stdout).once('line', resolve));
  try {
    await subscribed;
    const device = await connectAsync(mqttUrl);
    await device.publishAsync('sensor/kitchen/temperature', '{"value": 27.5, "timestamp": ""}', { qos: 1 });
    await device.publishAsync('sensor/kitchen/humidity', '{"value": 62.0, "timestamp": ""}', { qos: 1 });
    const [deviceId, position] = (await line).split(' ');
    await device.endAsync();
    expect(deviceId).toBe('kitchen');
    expect(Number(position)).toBeGreaterThanOrEqual(0);
    expect(Number(position)).toBeLessThanOrEqual(100);
    const stored = () =>
      clickhouse.sql('SELECT value, (SELECT count() FROM iot.window_actions) AS actions FROM iot.sensor_temperature');
    await expect.poll(stored, { timeout: 20_000 }).toBe('{"value":27.5,"actions":1}\n');
  } finally {
    service.kill('SIGTERM');
    await new Promise((resolve) => service.once('exit', resolve));
    await clickhouse.close();
    await new Promise<void>((resolve) => broker.close(() => listener.close(() => resolve())));
    await rm(folder, { recursive: true });
  }
});
