import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { encodeWav16, type Clock } from '@louver/core';
import { esp32Codec, synthesizeSound, seededRandom } from '@louver/device-esp32';
import { publishCommand } from '../../src/cli/publish-command.js';
import { skipWithoutMosquitto, startMosquitto } from '../support/mosquitto.js';
import { run, startBroker, testEnvironment, type TestBroker } from './support.js';

const NOW = Date.UTC(2026, 0, 31, 12);
const clock: Clock = {
  now: () => NOW,
  sleep: (_ms, signal) => new Promise((done) => signal?.addEventListener('abort', () => done())),
};
/** Every wait is over at once. */
const impatient: Clock = { now: () => NOW, sleep: () => new Promise((resolve) => setImmediate(resolve)) };

let folder: string;
let broker: TestBroker;
const more: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-publish-'));
  broker = await startBroker();
});

afterEach(async () => {
  for (const each of more.splice(0)) await each.stop();
  broker.published.length = 0;
});

afterAll(async () => {
  await broker.stop();
  await rm(folder, { recursive: true, force: true });
});

async function started(options: Parameters<typeof startBroker>[0]): Promise<TestBroker> {
  const other = await startBroker(options);
  more.push(other);
  return other;
}

async function wavFile(name: string, bytes: Uint8Array): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, bytes);
  return file;
}

describe('louver publish', () => {
  test('temperature: the payload of P-1, acknowledged', async () => {
    const environment = testEnvironment({ clock });
    await run(publishCommand(environment), 'temperature', '25.5', '--mqtt-url', broker.url);
    expect(broker.published).toMatchObject([
      {
        topic: 'sensor/publisher/temperature',
        payload: '{"value":25.5,"timestamp":"2026-01-31T12:00:00.000Z"}',
        packet: { qos: 1, retain: false },
      },
    ]);
    expect(environment.lines).toEqual([
      expect.stringMatching(/^sensor\/publisher\/temperature: 25.5 °C, acknowledged after \d+\.\d ms$/),
    ]);
  });

  test('a negative number is a value, a device and the URL of the environment are taken', async () => {
    const environment = testEnvironment({ clock, variables: { LOUVER_MQTT_URL: broker.url.replace('mqtt:', 'tcp:') } });
    await run(publishCommand(environment), 'temperature', '-5.25', '--device', 'room-1');
    await run(publishCommand(environment), 'humidity', '60', '--device', 'room-1');
    expect(broker.published.map(({ topic, payload }) => [topic, JSON.parse(payload)])).toMatchObject([
      ['sensor/room-1/temperature', { value: -5.25 }],
      ['sensor/room-1/humidity', { value: 60 }],
    ]);
  });

  test('audio: the payload of P-3 as the codec reads it', async () => {
    const samples = synthesizeSound('rain', { durationS: 1.5, sampleRateHz: 8_000, random: seededRandom(1), level: 1 });
    const bytes = encodeWav16(samples, 8_000);
    const environment = testEnvironment({ clock });
    await run(publishCommand(environment), 'audio', await wavFile('rain.wav', bytes), '--mqtt-url', broker.url);
    const { topic, payload } = broker.published[0]!;
    expect(JSON.parse(payload)).toEqual({
      data: Buffer.from(bytes).toString('base64'),
      sample_rate: 8_000,
      duration: 1.5,
      timestamp: '2026-01-31T12:00:00.000Z',
    });
    const [event] = esp32Codec().decode({ topic, payload: Buffer.from(payload), receivedAtMs: NOW, deliveryId: 'd' });
    expect(event).toMatchObject({ kind: 'waveform', recording: { sampleRateHz: 8_000, durationS: 1.5 } });
    expect(environment.lines[0]).toMatch(/^sensor\/publisher\/audio: 1\.50 s at 8000 Hz, 1 channel, acknowledged/);
  });

  test('audio: a recording that is cut is published with a remark', async () => {
    const bytes = encodeWav16(new Int16Array(8_000), 8_000).subarray(0, 8_044);
    const environment = testEnvironment({ clock });
    await run(publishCommand(environment), 'audio', await wavFile('cut.wav', bytes), '--mqtt-url', broker.url);
    expect(environment.remarks).toEqual([expect.stringMatching(/cut\.wav ends before its header says/)]);
    expect(environment.lines[0]).toContain('0.50 s');
  });

  test.each([
    [['temperature', '250'], /250.*-100/],
    [['humidity', '101'], /101.*0\.\.100/],
    [['temperature', '20', '--device', 'a/b'], /device id is "a\/b"/],
    [['audio', 'missing.wav'], /cannot read a WAV file: ENOENT/],
    [['audio', '.'], /is not a file/],
  ])('%j is refused before anything is sent', async (args, message) => {
    const environment = testEnvironment({ clock });
    await expect(run(publishCommand(environment), ...args, '--mqtt-url', broker.url)).rejects.toMatchObject({
      name: 'LouverError',
      message: expect.stringMatching(message) as string,
    });
    expect(broker.published).toEqual([]);
  });

  test('what is no recording is refused before anything is sent', async () => {
    const wrong: [string, Uint8Array, RegExp][] = [
      ['text.wav', Buffer.from('hello'), /text\.wav: not a WAV file/],
      ['empty.wav', encodeWav16(new Int16Array(0), 8_000), /empty\.wav: WAV of 44 bytes holds no sample/],
      ['long.wav', encodeWav16(new Int16Array(1_200_000), 8_000), /2400044 bytes, expected at most 2097152/],
      ['base64.wav', encodeWav16(new Int16Array(900_000), 8_000), /2097152|2,097,152/],
    ];
    for (const [name, bytes, message] of wrong) {
      const file = await wavFile(name, bytes);
      const publishing = run(publishCommand(testEnvironment({ clock })), 'audio', file, '--mqtt-url', broker.url);
      await expect(publishing).rejects.toThrow(message);
    }
    expect(broker.published).toEqual([]);
  });

  test.each([
    [['temperature', 'warm'], /Expected a number/],
    [['temperature', ''], /Expected a number/],
    [['temperature'], /missing required argument/],
    [['temperature', '20', '--timeout', '0'], /Expected seconds/],
    [['pressure', '20'], /unknown command/],
  ])('%j is wrong usage', async (args, message) => {
    await expect(run(publishCommand(testEnvironment()), ...args)).rejects.toThrow(message);
  });
});

describe('a broker that does not take it', () => {
  const publish = (url: string, ...args: string[]): Promise<void> =>
    run(publishCommand(testEnvironment({ clock })), 'temperature', '20', '--mqtt-url', url, ...args);

  test('nobody there', async () => {
    const { url, port, stop } = await startBroker();
    await stop();
    await expect(publish(url)).rejects.toMatchObject({
      code: 'E_TRANSPORT',
      message: `E_TRANSPORT: no broker at 127.0.0.1:${port} (connection refused): start one, or name another with --mqtt-url`,
    });
  });

  test('no such host, no such URL', async () => {
    await expect(publish('mqtt://louver.invalid:1883')).rejects.toThrow(
      /the host of louver\.invalid:1883 is not known/,
    );
    for (const url of ['localhost:1883', 'http://localhost', 'mqtt://', 'nonsense']) {
      await expect(publish(url)).rejects.toMatchObject({ code: 'E_CONFIG' });
    }
    await expect(publish('http://me:secret@localhost')).rejects.toThrow(/^(?!.*secret)/);
  });

  test('a user is asked for, refused and let in', async () => {
    const { url, published } = await started({
      authenticate: (_client, username, password, done) => {
        if (username === 'ann' && password?.toString() === 'pass word') return done(null, true);
        done(Object.assign(new Error('no'), { returnCode: username === undefined ? 5 : 4 }), false);
      },
    });
    await expect(publish(url)).rejects.toThrow(/wants to know who connects: give --username and --password-file/);
    const file = join(folder, 'password');
    await writeFile(file, 'wrong\n');
    await expect(publish(url, '--username', 'ann', '--password-file', file)).rejects.toThrow(/does not let "ann" in/);
    await writeFile(file, 'pass word\n');
    await publish(url, '--username', 'ann', '--password-file', file);
    await publish(url.replace('//', '//ann:pass%20word@'));
    expect(published).toHaveLength(2);
  });

  test('passwords that cannot be had', async () => {
    await writeFile(join(folder, 'none'), '\n');
    await expect(publish(broker.url, '--username', 'a', '--password-file', join(folder, 'none'))).rejects.toThrow(
      /is empty/,
    );
    await expect(publish(broker.url, '--username', 'a', '--password-file', join(folder, 'x'))).rejects.toThrow(
      /ENOENT/,
    );
    await expect(publish(broker.url, '--password-file', join(folder, 'none'))).rejects.toThrow(/--username NAME/);
  });

  test('it may not publish there', async () => {
    const { url } = await started({ authorizePublish: (_client, _packet, done) => done(new Error('not yours')) });
    await expect(publish(url)).rejects.toThrow(/closed the connection instead of acknowledging sensor\/publisher/);
  });

  test.skipIf(skipWithoutMosquitto)(
    'it may not publish there, and the broker says so (skipped without mosquitto)',
    async () => {
      const acl = join(folder, 'acl');
      await writeFile(acl, 'topic read #\n');
      const mosquitto = await startMosquitto({ folder, config: ['allow_anonymous true', `acl_file ${acl}`] });
      more.push({ stop: () => mosquitto.stop('SIGKILL') });
      const environment = testEnvironment({ clock });
      const published = run(publishCommand(environment), 'temperature', '25', '--mqtt-url', mosquitto.url);
      await expect(published).rejects.toThrow(/refuses sensor\/publisher\/temperature: Not authorized/);
      expect(environment.lines).toEqual([]);
    },
  );

  test('it never acknowledges', async () => {
    const { url } = await started({ authorizePublish: () => undefined });
    const publishing = run(
      publishCommand(testEnvironment({ clock: impatient })),
      'temperature',
      '20',
      '--mqtt-url',
      url,
    );
    await expect(publishing).rejects.toMatchObject({
      code: 'E_TIMEOUT',
      message: expect.stringContaining('did not acknowledge sensor/publisher/temperature within 10 s') as string,
    });
  });

  test('it is not a broker', async () => {
    const server = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    more.push({ stop: () => new Promise((resolve) => server.close(() => resolve())) });
    const { port } = server.address() as AddressInfo;
    await expect(publish(`mqtt://127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'E_TRANSPORT' });
  });
});
