import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { latestTemperature, readiness } from '../support/api.js';
import { runLouver, startLouver, type LouverProcess } from '../support/louver-process.js';
import { skipWithoutMosquitto, startMosquitto, withMosquitto } from '../support/mosquitto.js';
import type { MosquittoProcess } from '../support/mosquitto.js';

const CERTIFICATES = fileURLToPath(new URL('../../../core/test/mqtt/fixtures', import.meta.url));
const TLS_LINES = ['certfile', 'keyfile'].map((key, i) => `${key} ${CERTIFICATES}/localhost.${['cert', 'key'][i]}.pem`);

/** Comes with Debian's mosquitto, in the folder of the machine's architecture. */
const DYNAMIC_SECURITY = readdirSync('/usr/lib')
  .map((name) => join('/usr/lib', name, 'mosquitto_dynamic_security.so'))
  .find(existsSync);
const withoutPlugin = DYNAMIC_SECURITY === undefined && process.env['CI'] !== 'true';

let folder: string;
const running: LouverProcess[] = [];
let broker: MosquittoProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-trouble-'));
});

afterEach(async () => {
  for (const louver of running.splice(0)) await louver.kill('SIGKILL');
  await broker?.stop('SIGKILL');
  await rm(folder, { recursive: true });
});

async function startBroker(...config: readonly string[]): Promise<string> {
  broker = await startMosquitto({ folder, config });
  return broker.url;
}

/** A server with this under `mqtt` in its configuration. */
async function serve(mqtt: Readonly<Record<string, string>>, name = 'one'): Promise<LouverProcess> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, JSON.stringify({ mqtt }));
  const louver = await startLouver(join(folder, name), ['--config', file, '--no-model']);
  running.push(louver);
  return louver;
}

/** It is alive, not ready, and says so in `/readyz` and in one line of its log. */
async function saysWhy({ httpUrl, output }: LouverProcess, words: RegExp): Promise<void> {
  await expect.poll(() => readiness(httpUrl), { timeout: 10_000 }).toMatch(words);
  expect((await fetch(`${httpUrl}/readyz`)).status).toBe(503);
  expect((await fetch(`${httpUrl}/healthz`)).status).toBe(200);
  const lines = output().split('\n');
  const told = lines.filter((line) => /"level":"(warn|error)"/.test(line) && words.test(line));
  expect(told).toHaveLength(1);
}

/** It has come to work by itself. */
async function works({ httpUrl }: LouverProcess, url: string, options: object = {}): Promise<void> {
  await vi.waitUntil(async () => (await readiness(httpUrl)) === '', { timeout: 20_000 });
  const client = await connectAsync(url, options);
  const reading = { value: 21.5, timestamp: new Date().toISOString() };
  await client.publishAsync('sensor/a/temperature', JSON.stringify(reading), { qos: 1 });
  await client.endAsync();
  await vi.waitUntil(async () => (await latestTemperature(httpUrl, 'a')) === 21.5, { timeout: 20_000 });
}

describe.skipIf(skipWithoutMosquitto)(`${withMosquitto}: what is wrong between server and broker`, () => {
  test('nobody there at the start: waited for', async () => {
    const url = await startBroker('allow_anonymous true');
    await broker!.stop('SIGTERM');
    const louver = await serve({ broker: url });
    expect(louver.output()).toContain('Louver is up, but not ready yet, see /readyz (transport: ');
    await saysWhy(louver, /connection refused \(ECONNREFUSED\): nothing listens on 127\.0\.0\.1:\d+/);
    await broker!.start();
    await works(louver, url);
  });

  test('a wrong password: not absence, not in the output, tried again', async () => {
    const passwords = join(folder, 'passwords');
    const setPassword = (password: string, ...flags: readonly string[]) =>
      promisify(execFile)('mosquitto_passwd', ['-b', ...flags, passwords, 'louver', password]);
    await setPassword('another', '-c');
    const url = await startBroker('allow_anonymous false', `password_file ${passwords}`);
    const secret = join(folder, 'secret');
    await writeFile(secret, 'canary-83a1\n', { mode: 0o600 });
    const louver = await serve({ broker: url, username: 'louver', password_file: secret });
    await saysWhy(louver, /not authorised: bad user name or password/);
    expect(louver.output() + (await readiness(louver.httpUrl))).not.toMatch(/canary|ECONNREFUSED/);
    await setPassword('canary-83a1');
    process.kill(broker!.pid, 'SIGHUP');
    await works(louver, url, { username: 'louver', password: 'canary-83a1' });
  });

  test.skipIf(withoutPlugin)('no permission to subscribe (skipped without mosquitto_dynamic_security.so)', async () => {
    const acl = { publishClientSend: true, publishClientReceive: true, subscribe: false, unsubscribe: true };
    const rules = join(folder, 'rules.json');
    await writeFile(rules, JSON.stringify({ defaultACLAccess: acl, clients: [], groups: [], roles: [] }));
    const plugin = `plugin ${DYNAMIC_SECURITY}`;
    const url = await startBroker('allow_anonymous true', plugin, `plugin_opt_config_file ${rules}`);
    await saysWhy(await serve({ broker: url }), /the broker refuses to subscribe .*sensor\/\+\/\+[, ].*access list/);
  });

  test('a client id that the broker does not allow', async () => {
    const url = await startBroker('allow_anonymous true', 'clientid_prefixes site1-');
    await saysWhy(await serve({ broker: url }), /not authorised: .*no permission to connect with this client id/);
    await works(await serve({ broker: url, client_id: 'site1-louver' }, 'two'), url, { clientId: 'site1-device' });
  });

  test('two servers with one client id: both say it, and they come to rest', async () => {
    const url = await startBroker('allow_anonymous true');
    const words = /another client connects as \\?"louver\\?": give each server its own client id .*mqtt\.client_id/;
    const both = [await serve({ broker: url }), await serve({ broker: url }, 'two')];
    for (const louver of both) {
      await expect.poll(() => readiness(louver.httpUrl), { timeout: 20_000 }).toMatch(words);
      await vi.waitUntil(() => words.test(louver.output()), { timeout: 20_000 });
    }
    // Each wait is twice the last: on each side at most ten until it is half a minute.
    expect(broker!.log().match(/New client connected/g)!.length).toBeLessThan(30);
    // One of them is given another.
    await both[1]!.kill('SIGTERM');
    await works(await serve({ broker: url, client_id: 'another' }, 'two'), url);
  });

  test('TLS: with its authority it works; another name and a plain client at the TLS port are named', async () => {
    const url = await startBroker('allow_anonymous true', ...TLS_LINES);
    const { port } = broker!;
    const ca_file = `${CERTIFICATES}/localhost.cert.pem`;
    const other = await serve({ broker: `ssl://127.0.0.1:${port}`, ca_file }, 'other');
    await saysWhy(other, /TLS name mismatch: the broker's certificate is not for 127\.0\.0\.1/);
    const plain = await serve({ broker: url }, 'plain');
    await saysWhy(plain, /CONNECT not answered: does this port want TLS \(mqtts:\/\/\)/);
    const good = await serve({ broker: `ssl://localhost:${port}`, ca_file });
    await works(good, `mqtts://localhost:${port}`, { rejectUnauthorized: false });
  });
});

describe('what no waiting can mend ends the start with one line', () => {
  test.each([
    [{ ca_file: '/nowhere/ca.pem' }, /^louver: .*ca.*\/nowhere\/ca\.pem.*(ENOENT|no such file)/],
    [{ client_id: 'a b' }, /^louver: .*mqtt\.client_id: found "a b", expected 1 to 64 of/],
    [
      { topics: { temperature: 'sensor/temperature' } },
      /^louver: .*mqtt\.topics\.temperature.*nothing marks the device id/,
    ],
    [{ topics: { audio: 'sensor/#' } }, /^louver: .*mqtt\.topics\.audio.*# is not possible here.*\{device_id\}/],
    [{ topics: { humidity: '+/sensor/+/humidity' } }, /^louver: .*mqtt\.topics\.humidity.*it has 2 markers/],
  ])('%j', async (mqtt, words) => {
    const file = join(folder, 'louver.yaml');
    await writeFile(file, JSON.stringify({ mqtt: { broker: 'mqtts://127.0.0.1:1', ...mqtt } }));
    const { output, exited } = runLouver([
      'serve',
      '--config',
      file,
      '--data-dir',
      join(folder, 'data'),
      '--http-port',
      '0',
    ]);
    expect(await exited).toBe(2);
    const lines = output()
      .split('\n')
      .filter((line) => line.startsWith('louver:'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(words);
  });
});
