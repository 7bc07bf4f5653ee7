import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runLouver, startLouver } from '../support/louver-process.js';
import { skipWithoutMosquitto, startMosquitto, withMosquitto } from '../support/mosquitto.js';
import { fixture } from './tls-front.js';

let folder: string;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'louver-one-'))));
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await rm(folder, { recursive: true });
});

/** TLS by a private authority, nobody without a password. */
async function guardedMosquitto(passwordFile: string): Promise<number> {
  const users = join(folder, 'users');
  await promisify(execFile)('mosquitto_passwd', ['-b', '-c', users, 'louver', 'open sesame']);
  await writeFile(passwordFile, 'open sesame\n');
  const broker = await startMosquitto({
    folder,
    config: [
      `certfile ${fixture('signed.cert.pem')}`,
      `keyfile ${fixture('signed.key.pem')}`,
      'allow_anonymous false',
      `password_file ${users}`,
    ],
  });
  ends.push(() => broker.stop('SIGTERM'));
  return broker.port;
}

describe.skipIf(skipWithoutMosquitto)(withMosquitto, () => {
  test('what reaches the server with a louver.yaml reaches it from the folder of that file, and so do the devices of --demo', async () => {
    const passwordFile = join(folder, 'password');
    const port = await guardedMosquitto(passwordFile);
    const file = join(folder, 'louver.yaml');
    const yaml = `mqtt:
  broker: mqtts://localhost:${port}
  username: louver
  password_file: ${passwordFile}
  ca_file: ${fixture('authority.cert.pem')}
  topics: { temperature: site1/sensor/+/temperature, window_control: "site1/window/{device_id}/control" }
`;
    await writeFile(file, yaml);
    const server = await startLouver(join(folder, 'data'), ['--config', file, '--demo']);
    ends.push(() => server.kill('SIGTERM'));

    const monitor = runLouver(['monitor'], {}, folder);
    ends.push(() => (monitor.child.kill(), monitor.exited));
    await expect.poll(monitor.output, { timeout: 20_000 }).toMatch(/listening for site1\/window\/\+\/control/);

    const published = runLouver(['publish', 'temperature', '25.5', '--device', 'kitchen'], {}, folder);
    expect([await published.exited, published.output()]).toEqual([
      0,
      expect.stringMatching(/^site1\/sensor\/kitchen\/temperature: 25\.5 °C, acknowledged after [\d.]+ ms\n$/),
    ]);
    const simulated = runLouver(['simulate', '--devices', '1', '--duration', '0.5'], {}, folder);
    expect([await simulated.exited, simulated.output()]).toEqual([0, expect.stringMatching(/not acknowledged 0\n$/)]);

    const latest = async (deviceId: string): Promise<string> =>
      (await fetch(`${server.httpUrl}/api/devices/${deviceId}/data/latest`)).text();
    await expect.poll(() => latest('kitchen'), { timeout: 20_000 }).toContain('25.5');
    for (const id of ['sim-1', 'demo-1', 'demo-2', 'demo-3']) {
      await expect.poll(() => latest(id), { timeout: 20_000 }).toMatch(/temperature.*humidity|humidity.*temperature/s);
    }

    // The windows of the demo move: a command each, and the state that the device reports at its topic beside.
    const client = await connectAsync(`mqtts://localhost:${port}`, {
      username: 'louver',
      password: 'open sesame',
      ca: await readFile(fixture('authority.cert.pem')),
    });
    ends.push(() => client.endAsync());
    const obeyed = new Set<string>();
    client.on('message', (topic, payload) => {
      if (/"command_id":"[^"]/.test(payload.toString())) obeyed.add(topic);
    });
    await client.subscribeAsync('site1/window/+/state', { qos: 1 });
    const windows = ['demo-1', 'demo-2', 'demo-3'].map((id) => `site1/window/${id}/state`);
    await expect.poll(() => [...obeyed], { timeout: 20_000 }).toEqual(expect.arrayContaining(windows));
    await expect.poll(monitor.output, { timeout: 20_000 }).toMatch(/ {2}(demo|sim)-\d {2}[\d.]+ % {2}confidence/);
  });
});

test('with the embedded broker: its port is that of the file', async () => {
  const file = join(folder, 'louver.yaml');
  await writeFile(file, 'mqtt: { port: 0 }');
  const server = await startLouver(join(folder, 'data'), ['--config', file, '--no-model']);
  ends.push(() => server.kill('SIGTERM'));
  await writeFile(file, `mqtt: { port: ${server.mqttPort} }`);
  const published = runLouver(['publish', 'humidity', '40', '--config', file]);
  expect([await published.exited, published.output()]).toEqual([0, expect.stringContaining('acknowledged after')]);
});
