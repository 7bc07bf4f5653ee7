import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { webSocketFront } from '../../../core/test/mqtt/web-socket-front.js';
import { monitorCommand } from '../../src/cli/monitor-command.js';
import { publishCommand } from '../../src/cli/publish-command.js';
import { simulateCommand } from '../../src/cli/simulate-command.js';
import { runLouver } from '../support/louver-process.js';
import { run, startBroker, testEnvironment, until, type TestBroker } from './support.js';
import { fixture, tlsFront } from './tls-front.js';

const CA = fixture('authority.cert.pem');
let broker: TestBroker;
let folder: string;

beforeAll(async () => {
  broker = await startBroker();
  folder = await mkdtemp(join(tmpdir(), 'louver-tls-'));
});
afterEach(() => void (broker.published.length = 0));
afterAll(async () => {
  await broker.stop();
  await rm(folder, { recursive: true });
});

const publish = (url: string, ...args: string[]): Promise<void> =>
  run(publishCommand(testEnvironment()), 'temperature', '20', '--mqtt-url', url, ...args);

test('every command speaks TLS with a broker of a private authority', async () => {
  const url = `mqtts://localhost:${await tlsFront(broker.port, 'signed')}`;
  const watching = testEnvironment();
  const watched = run(monitorCommand(watching), '--mqtt-url', url, '--ca-file', CA);
  await Promise.race([watched, until(() => watching.remarks.length > 0, 'subscribed')]);
  await publish(url, '--ca-file', CA);
  const control = { device_id: 'a', timestamp: '2026-01-31T12:00:00Z', position: 1, confidence: 1, features_used: {} };
  await broker.publish('window/a/control', JSON.stringify(control));
  await until(() => watching.lines.length === 1, 'a command is printed');
  watching.interrupt();
  await watched;

  const simulating = testEnvironment();
  const simulated = run(simulateCommand(simulating), '--mqtt-url', url, '--ca-file', CA, '--devices', '1');
  await until(() => broker.published.some(({ topic }) => topic === 'sensor/sim-1/audio'), 'measured and recorded');
  simulating.interrupt();
  await simulated;
  expect(broker.published[0]?.topic).toBe('sensor/publisher/temperature');
});

test('web sockets, plain and encrypted', async () => {
  const plain = await webSocketFront(broker.port);
  const encrypted = `wss://localhost:${await tlsFront(Number(new URL(plain).port), 'signed')}`;
  // In processes of their own: within vitest, MQTT.js is given another form of the package that it takes web sockets from.
  for (const args of [[`${plain}/mqtt`], [`${encrypted}/mqtt`, '--ca-file', CA]]) {
    const { exited, output } = runLouver(['publish', 'temperature', '20', '--mqtt-url', ...args], {}, folder);
    expect([await exited, output()]).toEqual([0, expect.stringContaining('acknowledged after')]);
  }
  expect(broker.published).toHaveLength(2);
});

test('certificates that are not trusted, each for its reason, in one line', async () => {
  const refusals: [string, string[], RegExp][] = [
    [
      `mqtts://localhost:${await tlsFront(broker.port, 'signed')}`,
      [],
      /^E_TRANSPORT: localhost:\d+ has a certificate of an authority that is not known here: .* --ca-file FILE$/,
    ],
    [
      `mqtts://localhost:${await tlsFront(broker.port, 'localhost')}`,
      ['--ca-file', CA],
      /authority that is not known here/,
    ],
    [
      `mqtts://127.0.0.1:${await tlsFront(broker.port, 'localhost')}`,
      ['--ca-file', fixture('localhost.cert.pem')],
      /the broker's certificate is not for 127\.0\.0\.1$/,
    ],
    [
      `mqtts://localhost:${await tlsFront(broker.port, 'expired', 'signed')}`,
      ['--ca-file', CA],
      /the broker's certificate has expired$/,
    ],
  ];
  for (const [url, args, message] of refusals) {
    await expect(publish(url, ...args)).rejects.toMatchObject({
      code: 'E_TRANSPORT',
      message: expect.stringMatching(message) as string,
    });
  }
  expect(broker.published).toEqual([]);
});

test('TLS on one side only', async () => {
  const port = await tlsFront(broker.port, 'signed');
  await expect(publish(`mqtt://localhost:${port}`)).rejects.toThrow(/does this port want TLS \(mqtts:\/\/\)/);
  await expect(publish(broker.url.replace('mqtt:', 'mqtts:'))).rejects.toThrow(/is this the broker's TLS port\?$/);
});

test('files of certificates that cannot be used', async () => {
  const wrong = join(folder, 'wrong.pem');
  await writeFile(wrong, 'hello');
  const url = 'mqtts://localhost:1';
  await expect(publish(url, '--ca-file', wrong)).rejects.toMatchObject({
    code: 'E_CONFIG',
    message: `E_CONFIG: CA file ${wrong} cannot be used: no "-----BEGIN CERTIFICATE-----" is in it; expected PEM certificates`,
  });
  await expect(publish(url, '--ca-file', join(folder, 'none'))).rejects.toThrow(/ENOENT/);
  // Whoever gives it believes to speak TLS.
  await expect(publish(broker.url, '--ca-file', CA)).rejects.toThrow(/--ca-file is for mqtts:\/\/ and wss:\/\//);
  expect(broker.published).toEqual([]);
});
