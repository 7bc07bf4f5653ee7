import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
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

test('both programs compile; one asks, the other answers, and what was said is stored', async () => {
  const compiler = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
  execFileSync(process.execPath, [compiler, '-p', example]);

  const folder = await mkdtemp(join(tmpdir(), 'louver-example-'));
  const broker = await Aedes.createBroker();
  const listener = createServer({ noDelay: true }, broker.handle);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const mqttUrl = `mqtt://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const clickhouse = await chdbFront(join(folder, 'clickhouse'));
  const subscribed = (start: string): Promise<void> =>
    new Promise((resolve) => {
      broker.on('subscribe', (subscriptions) => {
        if (subscriptions.some(({ topic }) => topic.startsWith(start))) resolve();
      });
    });
  const both = Promise.all([subscribed('sensor/'), subscribed('ml/inference/request/')]);
  const programs: ChildProcess[] = [];
  const firstLine = (name: string): Promise<string> => {
    const program = spawn(process.execPath, [join(example, 'dist', `${name}.js`)], {
      cwd: folder,
      env: { ...process.env, MQTT_URL: mqttUrl, CLICKHOUSE_URL: clickhouse.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    programs.push(program);
    return new Promise((resolve) => createInterface(program.stdout).once('line', resolve));
  };
  const lines = Promise.all([firstLine('ingest'), firstLine('inference')]);
  try {
    await both;
    const device = await connectAsync(mqttUrl);
    await device.publishAsync('sensor/kitchen/temperature', '{"value": 27.5, "timestamp": ""}', { qos: 1 });
    await device.publishAsync('sensor/kitchen/humidity', '{"value": 62.0, "timestamp": ""}', { qos: 1 });
    const [commanded, predicted] = (await lines).map((line) => line.split(' '));
    await device.endAsync();
    expect(commanded![0]).toBe('kitchen');
    expect(predicted![0]).toBe('kitchen');
    const stored = () =>
      clickhouse.sql(
        'SELECT position, (SELECT count() FROM iot.sensor_temperature) AS readings, (SELECT count() FROM iot.ml_predictions) AS predictions FROM iot.window_actions',
      );
    const row = { position: Number(commanded![1]), readings: 1, predictions: 1 };
    await expect.poll(stored, { timeout: 20_000 }).toBe(`${JSON.stringify(row)}\n`);
  } finally {
    for (const program of programs) program.kill('SIGTERM');
    await Promise.all(programs.map((program) => new Promise((resolve) => program.once('exit', resolve))));
    await clickhouse.close();
    await new Promise<void>((resolve) => broker.close(() => listener.close(() => resolve())));
    await rm(folder, { recursive: true });
  }
});
