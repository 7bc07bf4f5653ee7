import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { destinationOf, type ConnectionOptions, type Destination } from '../../src/cli/connection-options.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'louver-client-'))));
afterEach(() => rm(folder, { recursive: true }));

async function destination(
  yaml: string | undefined,
  options: ConnectionOptions = {},
  variables: Readonly<Record<string, string>> = {},
): Promise<Destination> {
  if (yaml !== undefined) await writeFile(join(folder, 'louver.yaml'), yaml);
  return destinationOf(options, { variables, workingDirectory: folder });
}

async function login(...args: Parameters<typeof destination>): Promise<(string | undefined)[]> {
  const { username, password } = (await destination(...args)).access.settings;
  return [username, password];
}

async function passwordFile(name: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `${name}-password\n`);
  return file;
}

describe('the broker that the server has', () => {
  test.each([
    [undefined, {}, 'mqtt://127.0.0.1:1883'],
    ['mqtt: { port: 1884 }', {}, 'mqtt://127.0.0.1:1884'],
    ['host: 0.0.0.0', {}, 'mqtt://127.0.0.1:1883'],
    ['host: "::1"', {}, 'mqtt://[::1]:1883'],
    [undefined, { LOUVER_MQTT_PORT: '1885' }, 'mqtt://127.0.0.1:1885'],
    ['mqtt: { broker: "ssl://b" }', {}, 'mqtts://b:8883'],
    ['mqtt: { broker: "ws://b:9001" }', {}, 'ws://b:9001'],
    // The nearest wins, also over what is about the embedded broker.
    ['mqtt: { broker: "tcp://b" }', { LOUVER_MQTT_URL: 'tcp://c:1' }, 'mqtt://c:1'],
    ['mqtt: { port: 1884, users: u.json }', { LOUVER_MQTT_URL: 'tcp://c:1' }, 'mqtt://c:1'],
    ['mqtt: { port: 1884 }', { LOUVER_MQTT_URL: '' }, 'mqtt://127.0.0.1:1884'],
    // What is no client's business does not stand in its way.
    ['mqtt: { broker: "tcp://b" }\nretention: 1d\nhttp: { port: x }', { LOUVER_API_TOKEN: 'x' }, 'mqtt://b:1883'],
  ])('%s and %j: %s', async (yaml, variables, address) => {
    const { access } = await destination(yaml, {}, variables as Record<string, string>);
    expect(access.settings.address).toBe(address);
    expect(access.place).toBe(address.replace(/^.*\/\//, ''));
  });

  test('a flag wins over everything; --config names another file', async () => {
    await writeFile(join(folder, 'other.yaml'), 'mqtt: { broker: "tcp://other" }');
    const addressOf = async (options: ConnectionOptions): Promise<string> =>
      (await destination('mqtt: { port: 1884 }', options, { LOUVER_MQTT_URL: 'tcp://c:1' })).access.settings.address;
    expect(await addressOf({ mqttUrl: 'tcp://d:2' })).toBe('mqtt://d:2');
    expect(await addressOf({ mqttPort: 1886 })).toBe('mqtt://127.0.0.1:1886');
    expect((await destination(undefined, { config: 'other.yaml' })).access.settings.address).toBe('mqtt://other:1883');
  });

  test('its topics', async () => {
    const topics = 'topics: { temperature: "site1/+/temperature", window_control: "site1/{device_id}/control" }';
    const expected = { temperature: 'site1/+/temperature', windowControl: 'site1/{device_id}/control' };
    expect((await destination(`mqtt: { ${topics} }`)).topics).toEqual(expected);
    expect((await destination(undefined, { mqttUrl: 'tcp://elsewhere' })).topics).toEqual(expected);
  });
});

describe('a login is one thing', () => {
  test('of the file, of the URL, of flags: the nearest, as a whole', async () => {
    const file = await passwordFile('file');
    const yaml = `mqtt: { broker: "tcp://b", username: ann, password_file: ${file} }`;
    expect(await login(yaml)).toEqual(['ann', 'file-password']);
    expect(await login(yaml, {}, { LOUVER_MQTT_URL: 'tcp://c' })).toEqual(['ann', 'file-password']);
    expect(await login(yaml, { mqttUrl: 'mqtt://bob:pass%20word@b' })).toEqual(['bob', 'pass word']);
    expect(await login(yaml, {}, { LOUVER_MQTT_URL: 'mqtt://bob:x@b' })).toEqual(['bob', 'x']);
    expect(await login(yaml, { username: 'eve' })).toEqual(['eve', undefined]);
    const flag = await passwordFile('flag');
    expect(await login(yaml, { passwordFile: flag })).toEqual(['ann', 'flag-password']);
    expect(await login(yaml, { username: 'eve', passwordFile: flag })).toEqual(['eve', 'flag-password']);
  });

  test.each([
    ['mqtt: { broker: "tcp://b", password_file: p }', {}, /^E_CONFIG: mqtt\.password_file without a user/],
    ['mqtt: { broker: "tcp://b", username: a, password_file: p }', {}, /mqtt\.password_file: p cannot be used: ENOENT/],
    [undefined, { username: 'a', passwordFile: 'p' }, /--password-file: p cannot be used: ENOENT/],
    [undefined, { mqttUrl: 'mqtt://a:%zz@b' }, /--mqtt-url: found a %/],
  ])('%s and %j', async (yaml, options, message) => {
    await expect(destination(yaml, options)).rejects.toThrow(message);
  });
});

describe('a configuration that cannot be', () => {
  test.each([
    ['mqtt: { brocker: "tcp://b" }', {}, /mqtt\.brocker: unknown key, did you mean mqtt\.broker\? \(louver\.yaml\)$/],
    ['mqtt: { topics: { temperature: nowhere } }', {}, /mqtt\.topics\.temperature: found "nowhere"/],
    ['mqtt: { username: ann }', {}, /mqtt\.username: is for a broker elsewhere/],
    ['mqtt: { port: 0 }', {}, /mqtt\.port: is any free one.*--mqtt-url mqtt:\/\/HOST:PORT \(louver\.yaml\)$/],
    ['{', {}, /louver\.yaml line 1 is not YAML/],
    [undefined, { config: 'none.yaml' }, /none\.yaml cannot be read: ENOENT/],
    [
      undefined,
      { mqttUrl: 'localhost:1883' },
      /mqtt\.broker: found "localhost:1883", expected the URL.*\(--mqtt-url\)$/,
    ],
  ])('%s and %j', async (yaml, options, message) => {
    await expect(destination(yaml, options)).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringMatching(message) as string,
    });
  });

  test.each(['http://me:secret@b', 'mqtt://me:sec/ret@b', 'me:secret@b', 'mqtt://me:secret@'])(
    'the password in %s is not repeated',
    async (mqttUrl) => {
      const failure = await destination(undefined, { mqttUrl }).catch((error: unknown) => String(error));
      expect(failure).toMatch(/E_CONFIG.*--mqtt-url/);
      expect(failure).not.toMatch(/sec|ret@|me:/);
    },
  );
});
