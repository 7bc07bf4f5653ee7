import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { defaultContext } from '@louver/core';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { FileStorage } from '../src/file-storage.js';
import { all, T0 } from './rows.js';

const example = fileURLToPath(new URL('..', import.meta.url));

/** Runs the program in `folder`, sends it one temperature, and ends it. @returns the lines that it has printed by then */
async function run(folder: string, value: number, end: NodeJS.Signals): Promise<string> {
  const broker = await Aedes.createBroker();
  const listener = createServer({ noDelay: true }, broker.handle);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const mqttUrl = `mqtt://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const subscribed = new Promise<void>((resolve) => {
    broker.on('subscribe', (subscriptions) => {
      if (subscriptions.some(({ topic }) => topic.startsWith('sensor/'))) resolve();
    });
  });
  const program = spawn(process.execPath, [join(example, 'dist', 'main.js')], {
    cwd: folder,
    env: { ...process.env, MQTT_URL: mqttUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(program, 'exit');
  const line = new Promise<string>((resolve) => createInterface(program.stdout).once('line', resolve));
  try {
    await subscribed;
    const device = await connectAsync(mqttUrl);
    const payload = JSON.stringify({ value, timestamp: new Date(T0 + value * 1_000).toISOString() });
    await device.publishAsync('sensor/kitchen/temperature', payload, { qos: 1 });
    const printed = await line;
    await device.endAsync();
    return printed;
  } finally {
    program.kill(end);
    await exited;
    await new Promise<void>((resolve) => broker.close(() => listener.close(() => resolve())));
  }
}

test('the program of the README compiles, prints what it has stored, and has it all after a kill', async () => {
  const compiler = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
  execFileSync(process.execPath, [compiler, '-p', example]);
  const folder = await mkdtemp(join(tmpdir(), 'louver-example-'));
  onTestFinished(() => rm(folder, { recursive: true }));

  expect(await run(folder, 21, 'SIGKILL')).toBe('kitchen temperature 21 2025-10-24T12:00:21.000Z');
  expect(await run(folder, 22, 'SIGTERM')).toBe('kitchen temperature 22 2025-10-24T12:00:22.000Z');

  const storage = new FileStorage(join(folder, 'data', 'tables'));
  await storage.open(defaultContext());
  const rows = await all(storage.reader, 'sensor_temperature');
  await storage.close();
  expect(rows.map(({ value }) => value)).toEqual([21, 22]);
});
