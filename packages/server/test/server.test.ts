import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { librosaFeatures, shippedModelPath } from '@louver/ml';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../src/config/load-config.js';
import type { ConfigFlags } from '../src/config/sources.js';
import { isLoopback } from '../src/exposure.js';
import { startServer, type RunningServer } from '../src/server.js';
import { addUser } from '../src/users/manage-users.js';

let folder: string;
let running: RunningServer | undefined;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'louver-server-'))));
afterEach(async () => {
  await running?.close();
  running = undefined;
  await rm(folder, { recursive: true });
});

const config = (flags: ConfigFlags = {}, environment: Record<string, string> = {}) =>
  loadConfig({
    workingDirectory: folder,
    environment,
    flags: { mqttPort: '0', httpPort: '0', dataDir: join(folder, 'data'), model: false, ...flags },
  });
const start = async (...args: Parameters<typeof config>) => (running = await startServer(config(...args)));

async function takenPort(): Promise<{ port: string; free: () => void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { port: String((server.address() as AddressInfo).port), free: () => server.close() };
}

test('a reading goes in by MQTT and comes out by HTTP, again after a restart', async () => {
  const timestamp = '2026-03-01T12:00:00.000Z';
  const first = await start();
  const url = `mqtt://127.0.0.1:${first.ports.mqtt}`;
  const client = await connectAsync(url);
  await client.publishAsync('sensor/kitchen/temperature', JSON.stringify({ value: 25.5, timestamp }), { qos: 1 });
  await client.endAsync();
  await first.close();
  const second = await start();
  const answer = await fetch(`http://127.0.0.1:${second.ports.http}/api/devices/kitchen/data?sensor=temperature`);
  expect(await answer.json()).toMatchObject({ readings: [{ timestamp, value: 25.5 }] });
  const ready = await fetch(`http://127.0.0.1:${second.ports.http}/readyz`);
  expect([ready.status, await ready.json()]).toMatchObject([200, { state: 'ready', durability: 'journal' }]);
});

test('once there are users every MQTT client must log in, and is kept to its role', async () => {
  await addUser(
    join(folder, 'data', 'users.json'),
    { name: 'esp32-1', role: 'device', password: 'correct horse' },
    new Date(),
  );
  const { ports } = await start();
  const url = `mqtt://127.0.0.1:${ports.mqtt}`;
  await expect(connectAsync(url, { reconnectPeriod: 0 })).rejects.toThrow('Bad username or password');
  const device = await connectAsync(url, { username: 'esp32-1', password: 'correct horse' });
  await device.publishAsync('sensor/esp32-1/temperature', '{"value":1}', { qos: 1 });
  await device.endAsync();
});

describe('what is refused, before anything is left behind', () => {
  test('a port in use', async () => {
    const { port, free } = await takenPort();
    await expect(start({ mqttPort: port })).rejects.toThrow(`MQTT port ${port} on 127.0.0.1 is already in use`);
    await expect(start({ httpPort: port })).rejects.toThrow(`HTTP port ${port} on 127.0.0.1 is already in use`);
    free();
    await start();
  });

  test('a data directory in use', async () => {
    await start();
    await expect(startServer(config())).rejects.toMatchObject({ code: 'E_JOURNAL_LOCKED' });
  });

  test('a model that is missing', async () => {
    await expect(start({ model: join(folder, 'none.onnx') })).rejects.toMatchObject({ code: 'E_MODEL' });
    await start();
  });

  test.each([
    ['resampled first', 'preparation: { resample_hz: 16000 }'],
    ['cut in other frames', 'parameters: { n_fft: 512, hop_length: 160 }'],
  ])('a model that was trained on other features, both recipes named: %s', async (_what, audio) => {
    await writeFile(join(folder, 'louver.yaml'), `audio: { ${audio} }`);
    const flags = { config: join(folder, 'louver.yaml'), model: shippedModelPath() };
    const recipe = librosaFeatures(config(flags).audio).recipe;
    await expect(start(flags)).rejects.toMatchObject({
      code: 'E_MODEL',
      message: expect.stringContaining(
        `was trained on audio features of recipe ${librosaFeatures().recipe}, the pipeline computes recipe ${recipe}`,
      ) as string,
    });
    await expect(start(flags)).rejects.toThrow('(in a server: audio.preparation and audio.parameters)');
    expect(recipe).not.toBe(librosaFeatures().recipe);
    await start({ config: join(folder, 'louver.yaml') });
  });

  test('the shipped model without its MFCC, every missing column named', async () => {
    const { names } = librosaFeatures({ features: ['mfcc'] });
    await writeFile(
      join(folder, 'louver.yaml'),
      'audio: { features: [spectral_centroid, spectral_rolloff, rms, zero_crossing_rate] }',
    );
    const starting = start({ config: join(folder, 'louver.yaml'), model: shippedModelPath() });
    await expect(starting).rejects.toMatchObject({
      code: 'E_MODEL',
      message: expect.stringContaining(`wants 26 columns that nobody provides: ${names.join(', ')};`) as string,
    });
  });

  test('an address that others reach, until there are users and a token', async () => {
    const message = /louver user add .* LOUVER_API_TOKEN/;
    await expect(start({ host: '0.0.0.0' })).rejects.toThrow(message);
    const token = { LOUVER_API_TOKEN: 'correct-horse-battery' };
    await expect(start({ host: '0.0.0.0' }, token)).rejects.toThrow(message);
    await addUser(
      join(folder, 'data', 'users.json'),
      { name: 'ann', role: 'viewer', password: 'correct horse' },
      new Date(),
    );
    await expect(start({ host: '0.0.0.0' })).rejects.toThrow(message);
    const { ports } = await start({ host: '0.0.0.0' }, token);
    expect((await fetch(`http://127.0.0.1:${ports.http}/api/devices`)).status).toBe(401);
  });
});

test('loopback is what only this machine reaches', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1', 'localhost', 'LOCALHOST']) {
    expect(isLoopback(host)).toBe(true);
  }
  for (const host of [
    '0.0.0.0',
    '::',
    '192.168.1.2',
    '1.127.0.0',
    'fe80::1',
    '::ffff:10.0.0.1',
    'localhost.example',
    'my-pc',
  ]) {
    expect(isLoopback(host)).toBe(false);
  }
});
