import { connect as tcpConnect, type Socket } from 'node:net';
import { silentLogger } from '@louver/core';
import { generate } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { rigOfEachTest, until } from './rig.js';

const start = rigOfEachTest();

/** Subscribes to everything with a raw socket and reads no further than SUBACK. */
async function stalledSubscriber(port: number, clientId: string): Promise<Socket> {
  const socket = tcpConnect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    generate({ cmd: 'connect', clientId, protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 0 }),
  );
  socket.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'sensor/#', qos: 0 }] }));
  let read = 0;
  await new Promise<void>((resolve) => {
    // CONNACK has 4 bytes, SUBACK 5.
    socket.on('data', (chunk) => (read += chunk.length) >= 9 && resolve());
  });
  socket.pause();
  return socket;
}

function failuresOf(): {
  readonly failures: { reason?: string; clientId?: string }[];
  readonly logger: typeof silentLogger;
} {
  const failures: { reason?: string; clientId?: string }[] = [];
  return { failures, logger: { ...silentLogger, warn: (_message, fields) => void failures.push(fields ?? {}) } };
}

const MIB = 1024 * 1024;

test.each([1, 5])('%i stalled subscribers hold up nobody, are bounded in memory and cut off', async (stalled) => {
  const { failures, logger } = failuresOf();
  const { connect, transport } = await start({
    drainTimeoutMs: 60_000,
    maxBacklogBytes: 8 * MIB,
    context: { logger },
  });
  const sockets = await Promise.all(
    Array.from({ length: stalled }, (_, n) => stalledSubscriber(transport.port, `stalled-${n}`)),
  );
  const [publisher, subscriber] = [await connect(), await connect()];
  const delays: number[] = [];
  let seen = 0;
  subscriber.on('message', (_topic, payload) => {
    seen++;
    if (payload.length === 8) delays.push(performance.now() - payload.readDoubleBE(0));
  });
  await subscriber.subscribeAsync('sensor/#');
  const large = Buffer.alloc(MIB);
  const send = (payload: Buffer) => publisher.publishAsync('sensor/a/temperature', payload, { qos: 1 });
  // More than the kernel buffers of both ends take: from here on the stalled ones take nothing.
  for (let n = 0; n < 8; n++) await send(large);
  const acks: number[] = [];
  // Many times as many as the broker has under way at a time.
  for (let n = 0; n < 1_000; n++) {
    const before = performance.now();
    const payload = Buffer.alloc(8);
    payload.writeDoubleBE(before, 0);
    await send(payload);
    acks.push(performance.now() - before);
  }
  await until(() => delays.length === 1_000, 'all messages at the other subscriber');
  expect(Math.max(...acks, ...delays)).toBeLessThan(5_000);
  expect(failures).toEqual([]);
  let sent = 1_008;
  for (; failures.length < stalled && sent < 1_040; sent++) await send(large);
  await until(
    () => seen === sent && failures.length === stalled,
    'all at the other subscriber, and the stalled cut off',
  );
  for (const { reason = '' } of failures) {
    const [, bytes] = /^has not taken (\d+) bytes, at most \d+ are kept for it$/.exec(reason) ?? [];
    expect(Number(bytes)).toBeLessThan(10 * MIB);
  }
  for (const socket of sockets) socket.destroy();
});

test('who takes nothing is cut off after the drain timeout, also when little is on the way', async () => {
  const { failures, logger } = failuresOf();
  const { connect, transport } = await start({ drainTimeoutMs: 200, context: { logger } });
  const socket = await stalledSubscriber(transport.port, 'stalled');
  const publisher = await connect();
  // More than the kernel buffers of both ends take.
  const payload = Buffer.alloc(1024 * 1024);
  for (let n = 0; n < 7; n++) await publisher.publishAsync('sensor/a/temperature', payload, { qos: 1 });
  await until(() => failures.length === 1, 'cut off');
  expect(failures).toMatchObject([{ clientId: 'stalled', reason: 'has taken nothing for 200 ms' }]);
  socket.destroy();
});

test('while much is on the way to all together, each may have less', async () => {
  const { failures, logger } = failuresOf();
  const maxBacklogBytes = 1024 * 1024;
  const { connect, transport } = await start({ drainTimeoutMs: 30_000, maxBacklogBytes, context: { logger } });
  const sockets = await Promise.all(
    Array.from({ length: 20 }, (_, n) => stalledSubscriber(transport.port, `stalled-${n}`)),
  );
  const publisher = await connect();
  const payload = Buffer.alloc(64 * 1024);
  for (let n = 0; n < 200; n++) await publisher.publishAsync('sensor/a/temperature', payload, { qos: 1 });
  await until(() => failures.length === 20, 'all cut off');
  expect(failures.some(({ reason }) => reason?.endsWith('at most 131072 are kept for it'))).toBe(true);
  for (const socket of sockets) socket.destroy();
});

test('a new subscriber that reads gets all retained messages, however many bytes they are', async () => {
  const { connect, transport } = await start({ maxBacklogBytes: 256 * 1024 });
  const payload = 'x'.repeat(10_000);
  for (let n = 0; n < 300; n++) {
    await transport.publish({ topic: `other/${n}`, payload, qos: 0, retain: true });
  }
  const subscriber = await connect();
  let seen = 0;
  subscriber.on('message', () => seen++);
  await subscriber.subscribeAsync('other/#');
  await until(() => seen === 300, 'all retained messages');
});
