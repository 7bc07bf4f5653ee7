import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { Aedes } from 'aedes';
import { defaultContext } from '@louver/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mqttTransport } from '@louver/core/mqtt';
import { aedes, listen } from './brokers.js';
import { openTransport, Reception } from './support.js';
import { webSocketFront } from './web-socket-front.js';

const FIXTURES = join(import.meta.dirname, 'fixtures');

/** A broker that answers CONNECT with these bytes, and that is all. */
async function answering(bytes: readonly number[]): Promise<string> {
  const { port } = await listen((socket) => socket.once('data', () => socket.write(Buffer.from(bytes))));
  return `mqtt://127.0.0.1:${port}`;
}

describe('what the broker says is said in words', () => {
  test.each([
    [1, 'does not speak this version of MQTT'],
    [2, 'client id rejected'],
    [3, 'not available'],
    [4, 'not authorised'],
    [5, 'not authorised'],
  ])('MQTT 3.1.1 return code %i', async (code, words) => {
    const transport = await openTransport({ url: await answering([0x20, 2, 0, code]), protocolVersion: 4 });
    new Reception(transport, ['t']);
    await expect
      .poll(() => transport.health!())
      .toEqual({ ok: false, reason: expect.stringContaining(words) as string });
  });

  test.each([
    [133, 'client id rejected'],
    [134, 'not authorised'],
    [135, 'not authorised'],
    [137, 'busy'],
    [138, 'banned'],
    [151, 'Quota exceeded'],
  ])('MQTT 5 reason code %i', async (code, words) => {
    const transport = await openTransport({ url: await answering([0x20, 3, 0, code, 0]), protocolVersion: 5 });
    new Reception(transport, ['t']);
    await expect
      .poll(() => transport.health!())
      .toEqual({ ok: false, reason: expect.stringContaining(words) as string });
  });
});

test('a broker of MQTT 5 that gives the place to another client says so', async () => {
  const { port } = await listen((socket) =>
    socket.once('data', () => {
      socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
      socket.write(Buffer.from([0xe0, 2, 142, 0]));
    }),
  );
  const transport = await openTransport({ url: `mqtt://127.0.0.1:${port}`, protocolVersion: 5 });
  const stop = new AbortController();
  const publishing = transport.publish({ topic: 't', payload: '', qos: 1 }, stop.signal).catch(() => undefined);
  await expect
    .poll(() => transport.health!(), { interval: 5 })
    .toMatchObject({ ok: false, reason: expect.stringContaining('same client id: give each server') as string });
  stop.abort();
  await publishing;
});

test('over a web socket', async () => {
  const broker = await aedes();
  // In a process of its own: the resolve conditions of the test runner give MQTT.js another build of ws than Node does.
  const program = `
    import { defaultContext } from '@louver/core';
    import { mqttTransport } from '@louver/core/mqtt';
    const transport = mqttTransport({ url: process.argv[1] });
    const { signal } = new AbortController();
    await transport.open(defaultContext());
    const receiving = transport.receive(['t'], { maxUnsettled: 1, signal })[Symbol.asyncIterator]().next();
    await transport.publish({ topic: 't', payload: 'over a web socket', qos: 1 });
    process.stdout.write(Buffer.from((await receiving).value[0].payload));
    await transport.close();`;
  const url = `${await webSocketFront(broker.port)}/mqtt`;
  const args = ['--input-type=module', '-e', program, url];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname, timeout: 30_000 });
  expect(stdout).toBe('over a web socket');
});

test('a broker that never answers', async () => {
  const { port } = await listen(() => undefined);
  const transport = await openTransport({ url: `mqtt://127.0.0.1:${port}`, connectTimeoutMs: 50 });
  new Reception(transport, ['t']);
  await expect
    .poll(() => transport.health!())
    .toMatchObject({ reason: expect.stringContaining('within 50 ms') as string });
});

test('a host name that nobody knows', async () => {
  const transport = await openTransport({ url: 'mqtt://nobody.invalid' });
  new Reception(transport, ['t']);
  await expect
    .poll(() => transport.health!(), { timeout: 10_000 })
    .toMatchObject({ reason: expect.stringMatching(/nobody\.invalid (is not known|cannot be looked up)/) as string });
});

test('a broker that hangs up on MQTT 5 is asked with 3.1.1', async () => {
  const broker = await Aedes.createBroker();
  onTestFinished(() => new Promise<void>((resolve) => broker.close(resolve)));
  const { port } = await listen((socket) => {
    socket.once('data', (bytes: Buffer) => {
      // Fixed header 2, protocol name 6, protocol level.
      if (bytes[8] === 5) return socket.destroy();
      socket.unshift(bytes);
      broker.handle(socket);
    });
  });
  const transport = await openTransport({ url: `mqtt://127.0.0.1:${port}` });
  await transport.publish({ topic: 't', payload: '', qos: 1 });
  expect(transport.health!()).toEqual({ ok: true });
});

describe('subscriptions', () => {
  test('one that is refused is in the health, the others are served; it is asked for again until it is granted', async () => {
    const { broker, url } = await aedes();
    let allowed = false;
    broker.authorizeSubscribe = (_client, subscription, callback) =>
      callback(null, subscription.topic === 'secret' && !allowed ? null : subscription);
    const transport = await openTransport({ url });
    const reception = new Reception(transport, ['t', 'secret']);
    await expect
      .poll(() => transport.health!())
      .toEqual({
        ok: false,
        reason: expect.stringContaining('refuses to subscribe secret (reason code 128)') as string,
      });
    await transport.publish({ topic: 't', payload: 'served', qos: 1 });
    await expect.poll(() => reception.texts).toEqual(['served']);
    allowed = true;
    await expect.poll(() => transport.health!(), { timeout: 10_000 }).toEqual({ ok: true });
    await transport.publish({ topic: 'secret', payload: 'told', qos: 1 });
    await expect.poll(() => reception.texts).toEqual(['served', 'told']);
  });
});

describe('TLS', () => {
  async function tlsBroker(certificate = 'localhost', keyName = certificate): Promise<number> {
    const broker = await Aedes.createBroker();
    const [key, cert] = await Promise.all([
      readFile(join(FIXTURES, `${keyName}.key.pem`)),
      readFile(join(FIXTURES, `${certificate}.cert.pem`)),
    ]);
    const server = createServer({ key, cert }, broker.handle);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(async () => {
      await new Promise<void>((resolve) => broker.close(resolve));
      await new Promise((resolve) => server.close(resolve));
    });
    return (server.address() as AddressInfo).port;
  }

  test('with the authority it connects', async () => {
    for (const [certificate, authority] of [
      ['localhost', 'localhost'],
      ['signed', 'authority'],
    ] as const) {
      const port = await tlsBroker(certificate);
      const caFile = join(FIXTURES, `${authority}.cert.pem`);
      const transport = await openTransport({ url: `mqtts://localhost:${port}`, caFile });
      await transport.publish({ topic: 't', payload: '', qos: 1 });
      expect(transport.health!()).toEqual({ ok: true });
    }
  });

  test('another name, expired, an unknown authority and the wrong port are told apart', async () => {
    const port = await tlsBroker();
    const ca = await readFile(join(FIXTURES, 'localhost.cert.pem'), 'utf8');
    const authority = await readFile(join(FIXTURES, 'authority.cert.pem'), 'utf8');
    const { port: plain } = await listen((socket) => socket.end('no TLS here'));
    const { port: silent } = await listen((socket) => socket.once('data', () => socket.end()));
    for (const [url, options, words] of [
      [`ssl://127.0.0.1:${port}`, { ca }, /TLS name mismatch: the broker's certificate is not for 127\.0\.0\.1/],
      [`mqtts://localhost:${port}`, {}, /signed by itself/],
      [`mqtts://localhost:${await tlsBroker('signed')}`, { ca }, /signed by an unknown authority/],
      [`mqtts://localhost:${await tlsBroker('expired', 'signed')}`, { ca: authority }, /certificate has expired/],
      [`mqtts://localhost:${plain}`, { ca }, /does not speak TLS/],
      [`mqtts://localhost:${silent}`, { ca }, /closed before TLS was agreed on: is this the broker's TLS port/],
      [`mqtt://localhost:${port}`, {}, /CONNECT not answered: does this port want TLS \(mqtts:\/\/\)/],
    ] as const) {
      const transport = await openTransport({ url, ...options });
      new Reception(transport, ['t']);
      await expect
        .poll(() => transport.health!(), { timeout: 5000 })
        .toEqual({ ok: false, reason: expect.stringMatching(words) as string });
      await transport.close();
    }
  });

  test('certificates that cannot be used fail at open', async () => {
    for (const options of [
      { caFile: '/nowhere.pem' },
      { ca: 'no certificate' },
      { ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' },
    ]) {
      const transport = mqttTransport({ url: 'mqtts://localhost', ...options });
      const error = await transport.open(defaultContext()).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'E_CONFIG', message: expect.stringContaining('Expected PEM') as string });
    }
  });
});
