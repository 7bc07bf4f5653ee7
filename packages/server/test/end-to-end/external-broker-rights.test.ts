import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectAsync, type MqttClient } from 'mqtt';
import { describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/config/load-config.js';
import { startServer } from '../../src/server.js';
import { skipWithoutMosquitto, startMosquitto, withMosquitto } from '../support/mosquitto.js';

const ACL = fileURLToPath(new URL('../../../../examples/02-external-broker/acl', import.meta.url));
const PASSWORD = 'correct horse';
const PATIENCE = { timeout: 20_000, interval: 10 };

describe.skipIf(skipWithoutMosquitto)(`${withMosquitto}: the access list of the example`, () => {
  test('lets devices be asked, told and configured, and Home Assistant move their windows', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'louver-rights-'));
    const passwords = join(folder, 'passwords');
    await copyFile(ACL, join(folder, 'acl'));
    await writeFile(passwords, '');
    for (const user of ['louver', 'home', 'kitchen'])
      execFileSync('mosquitto_passwd', ['-b', passwords, user, PASSWORD]);
    const config = [`password_file ${passwords}`, `acl_file ${join(folder, 'acl')}`];
    const broker = await startMosquitto({ folder, config });
    await writeFile(join(folder, 'password'), PASSWORD);
    const yaml = [
      `mqtt: { broker: "${broker.url}", username: louver, password_file: ${join(folder, 'password')} }`,
      'home_assistant: { discovery: true }',
    ];
    await writeFile(join(folder, 'louver.yaml'), yaml.join('\n'));
    const flags = { httpPort: '0', dataDir: join(folder, 'data'), model: false } as const;
    const server = await startServer(loadConfig({ workingDirectory: folder, flags }));
    const clients: MqttClient[] = [];
    const as = async (username: string, filters: readonly string[]) => {
      const client = await connectAsync(broker.url, { username, password: PASSWORD });
      clients.push(client);
      const heard: string[] = [];
      client.on('message', (topic) => heard.push(topic));
      await client.subscribeAsync([...filters], { qos: 1 });
      return { client, heard };
    };
    const ask = (method: string, path: string, body?: object): Promise<Response> =>
      fetch(`http://127.0.0.1:${server.ports.http}/api/devices/kitchen/${path}`, {
        method,
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
    try {
      await vi.waitUntil(() => server.health().state === 'ready', PATIENCE);
      const told = [
        'devices/kitchen/commands',
        'sensor/kitchen/config',
        'sensor/kitchen/time/response',
        'window/kitchen/control',
      ];
      const device = await as('kitchen', told);
      const send = (topic: string, body: object) => device.client.publishAsync(topic, JSON.stringify(body), { qos: 1 });
      await send('sensor/kitchen/temperature', { value: 20 });
      await vi.waitUntil(() => server.pipeline!.devices.knows('kitchen'), PATIENCE);
      await send('sensor/kitchen/time/request', { deviceSendTime: 1 });
      const home = await as('home', ['homeassistant/#']);
      await home.client.publishAsync('window/kitchen/set', '40', { qos: 1 });
      expect((await ask('POST', 'commands', { command: 'identify' })).status).toBe(202);
      expect((await ask('PUT', 'config', { interval_s: 30 })).status).toBe(200);
      await expect.poll(() => device.heard.toSorted(), PATIENCE).toEqual(told);
      await expect.poll(() => home.heard, PATIENCE).toEqual(['homeassistant/device/kitchen/config']);
      await send('sensor/kitchen/config/reported', { version: 1, applied: true, interval_s: 30 });
      await expect
        .poll(async () => (await (await ask('GET', 'config')).json()) as object, PATIENCE)
        .toMatchObject({ state: 'in-force' });
    } finally {
      await Promise.all(clients.map((client) => client.endAsync(true)));
      await server.close();
      await broker.stop('SIGKILL');
      await rm(folder, { recursive: true });
    }
  });
});
