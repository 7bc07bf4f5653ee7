import { connect as tcpConnect } from 'node:net';
import { LouverError, silentLogger } from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { generate } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { receipt, rigOfEachTest, settleDown, text, until } from './rig.js';

const start = rigOfEachTest();

describe('acknowledgement', () => {
  test('PUBACK is sent only after the delivery is acknowledged', async () => {
    const { connect, received } = await start({ onDelivery: () => undefined });
    const client = await connect();
    let acknowledged = false;
    const publishing = client.publishAsync('sensor/a/temperature', '1', { qos: 1 }).then(() => (acknowledged = true));
    await until(() => received.length === 1, 'delivery');
    await settleDown();
    expect(acknowledged).toBe(false);
    received[0]!.ack(receipt);
    await publishing;
    expect(received[0]).toMatchObject({ topic: 'sensor/a/temperature', qos: 1, retained: false });
  });

  test('PUBACKs keep the order of receipt when deliveries are settled in another order', async () => {
    const { connect, received } = await start({ onDelivery: () => undefined });
    const client = await connect();
    const acknowledged: number[] = [];
    const all = [0, 1, 2, 3].map((n) =>
      client.publishAsync('sensor/a/temperature', String(n), { qos: 1 }).then(() => acknowledged.push(n)),
    );
    await until(() => received.length === 4, 'four deliveries');
    for (const n of [3, 1, 2]) received[n]!.ack(receipt);
    await settleDown();
    expect(acknowledged).toEqual([]);
    received[0]!.ack(receipt);
    await Promise.all(all);
    expect(acknowledged).toEqual([0, 1, 2, 3]);
  });

  test('QoS 2 is delivered once and completed after the acknowledgement', async () => {
    const { connect, received } = await start();
    const client = await connect();
    await client.publishAsync('sensor/a/temperature', '1', { qos: 2 });
    expect(received.map((delivery) => delivery.qos)).toEqual([2]);
  });

  test('PUBREC is sent only after the delivery is acknowledged, and a repetition of the message is no second delivery', async () => {
    const { connect, received, transport } = await start({ onDelivery: () => undefined });
    const client = await connect();
    const answers: string[] = [];
    client.on('packetreceive', ({ cmd }) => answers.push(cmd));
    const publishing = client.publishAsync('sensor/a/temperature', '1', { qos: 2 });
    await until(() => received.length === 1, 'delivery');
    await settleDown();
    expect(answers).toEqual([]);
    received[0]!.ack(receipt);
    await publishing;
    expect(answers).toEqual(['pubrec', 'pubcomp']);

    const socket = tcpConnect(transport.port, '127.0.0.1');
    const message = {
      cmd: 'publish',
      topic: 'sensor/b/temperature',
      payload: '1',
      qos: 2,
      messageId: 7,
      retain: false,
    } as const;
    socket.write(
      generate({ cmd: 'connect', clientId: 'b', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 0 }),
    );
    socket.write(generate({ ...message, dup: false }));
    await until(() => received.length === 2, 'delivery');
    received[1]!.ack(receipt);
    let bytes = 0;
    socket.on('data', (chunk) => (bytes += chunk.length));
    // CONNACK and PUBREC have 4 bytes each.
    await until(() => bytes === 8, 'PUBREC');
    socket.write(generate({ ...message, dup: true }));
    await until(() => bytes === 12, 'PUBREC again');
    expect(received).toHaveLength(2);
    socket.destroy();
  });

  test('says of a delivery that it may have been sent before, and that it is our own', async () => {
    const { connect, received, transport } = await start();
    expect(transport.direct).toBe(true);
    const client = await connect();
    await client.publishAsync('sensor/a/temperature', '1', { qos: 1, dup: true });
    await client.publishAsync('sensor/a/temperature', '2', { qos: 1 });
    await transport.publish({ topic: 'window/a/control', payload: '{}', qos: 1 });
    expect(received.map(({ dup, own }) => [dup, own])).toEqual([
      [true, undefined],
      [undefined, undefined],
      [undefined, true],
    ]);
  });

  test('topics that nobody asked for are distributed and acknowledged without a delivery', async () => {
    const { connect, received } = await start();
    const client = await connect();
    await client.publishAsync('other/topic', 'x', { qos: 1 });
    expect(received).toEqual([]);
  });

  test('a returned delivery closes the connection of its client and of no other', async () => {
    const { connect } = await start({
      onDelivery: (delivery) =>
        text(delivery) === 'bad' ? delivery.nack(new LouverError('E_JOURNAL_IO', 'disk')) : delivery.ack(receipt),
    });
    const [bad, good] = [await connect(), await connect()];
    const closed = new Promise<void>((resolve) => bad.once('close', () => resolve()));
    bad.publish('sensor/a/temperature', 'bad', { qos: 1 });
    await closed;
    await good.publishAsync('sensor/a/temperature', 'good', { qos: 1 });
    expect(good.connected).toBe(true);
  });
});

describe('backpressure', () => {
  test('no more than maxUnsettled are open; the rest waits and comes when there is room, in order', async () => {
    const { connect, received, counts } = await start({ maxUnsettled: 2, onDelivery: () => undefined });
    const client = await connect();
    const all = Array.from({ length: 50 }, (_, n) =>
      client.publishAsync('sensor/a/temperature', String(n), { qos: 1 }),
    );
    await until(() => received.length === 2, 'two deliveries');
    await settleDown();
    expect(received).toHaveLength(2);
    for (let n = 0; n < 50; n++) {
      await until(() => received.length > n, `delivery ${n}`);
      expect(received.length).toBeLessThanOrEqual(n + 2);
      received[n]!.ack(receipt);
    }
    await Promise.all(all);
    expect(received.map(text)).toEqual(Array.from({ length: 50 }, (_, n) => String(n)));
    expect(counts.get('broker_held_total')).toBeGreaterThan(0);
  });

  test('QoS 0 without room is shed, counted and still distributed', async () => {
    const { connect, received, counts } = await start({ maxUnsettled: 1, onDelivery: () => undefined });
    const [publisher, subscriber] = [await connect(), await connect()];
    const seen: string[] = [];
    subscriber.on('message', (_topic, payload) => seen.push(payload.toString()));
    await subscriber.subscribeAsync('sensor/#');
    for (const n of ['0', '1', '2']) publisher.publish('sensor/a/temperature', n, { qos: 0 });
    await until(() => seen.length === 3, 'three messages');
    expect(received.map(text)).toEqual(['0']);
    expect(counts.get('broker_shed_total')).toBe(2);
  });

  test('QoS 0 that is shed is logged at the begin and, with its number, at the end of an outage', async () => {
    const lines: unknown[] = [];
    const logger = { ...silentLogger, warn: (message: string, fields?: object) => void lines.push([message, fields]) };
    const clock = manualClock(0);
    const rig = await start({ maxUnsettled: 1, onDelivery: () => undefined, context: { clock, logger } });
    const publisher = await rig.connect();
    const publish = async (count: number, shed: number): Promise<void> => {
      for (let n = 0; n < count; n++) publisher.publish('sensor/a/temperature', String(n), { qos: 0 });
      await until(() => (rig.counts.get('broker_shed_total') ?? 0) === shed, `${shed} are shed`);
    };
    await publish(3, 2);
    await clock.advance(5_000);
    await publish(2, 4);
    await clock.advance(20_000);
    // Quiet, but there is no room yet.
    expect(lines).toEqual([['QoS 0 messages are shed while there is no room', undefined]]);
    rig.received[0]!.ack(receipt);
    await clock.advance(5_000);
    expect(lines.slice(1)).toEqual([['QoS 0 messages were shed', { count: 4 }]]);
  });

  test.each([1, 5])(
    'PINGREQ is answered while %i messages are held, and nobody is cut off for our waiting',
    async (held) => {
      const { connect, received } = await start({ maxUnsettled: 1, onDelivery: () => undefined });
      const client = await connect({ keepalive: 1, reschedulePings: false });
      let pings = 0;
      let closed = false;
      client.on('packetreceive', (packet) => packet.cmd === 'pingresp' && pings++);
      client.on('close', () => (closed = true));
      const all = Array.from({ length: held + 1 }, (_, n) =>
        client.publishAsync('sensor/a/temperature', String(n), { qos: 1 }),
      );
      // Twice as long as either side waits before it cuts (1.5 × keepalive), while new messages come in behind the held ones.
      await until(() => pings >= 3, 'three PINGRESP');
      all.push(client.publishAsync('sensor/a/temperature', 'later', { qos: 1 }));
      await until(() => pings >= 3, 'three PINGRESP');
      expect(closed).toBe(false);
      expect(received).toHaveLength(1);
      for (let n = 0; n < held + 2; n++) {
        await until(() => received.length > n, `delivery ${n}`);
        received[n]!.ack(receipt);
      }
      await Promise.all(all);
    },
  );
});

describe('own publishes', () => {
  test('are delivered first and go out after they are durable', async () => {
    const { connect, received, transport } = await start({ onDelivery: () => undefined });
    const subscriber = await connect();
    const seen: string[] = [];
    subscriber.on('message', (topic, payload) => seen.push(`${topic} ${payload.toString()}`));
    await subscriber.subscribeAsync('window/+/control', { qos: 1 });
    const publishing = transport.publish({ topic: 'window/a/control', payload: '{"position":40}', qos: 1 });
    await until(() => received.length === 1, 'echo');
    expect(text(received[0]!)).toBe('{"position":40}');
    await settleDown();
    expect(seen).toEqual([]);
    received[0]!.ack(receipt);
    await publishing;
    await until(() => seen.length === 1, 'message');
    expect(seen).toEqual(['window/a/control {"position":40}']);
  });

  test('go out after the time limit all the same, counted', async () => {
    const waits: { ms: number; finish: () => void }[] = [];
    const clock = {
      now: () => 0,
      sleep: (ms: number) => new Promise<void>((resolve) => waits.push({ ms, finish: resolve })),
    };
    const { connect, received, transport, counts } = await start({ onDelivery: () => undefined, context: { clock } });
    const subscriber = await connect();
    const seen: string[] = [];
    subscriber.on('message', (_topic, payload) => seen.push(payload.toString()));
    await subscriber.subscribeAsync('window/+/control');
    const publishing = transport.publish({ topic: 'window/a/control', payload: 'x', qos: 1 });
    const echoWait = () => waits.find(({ ms }) => ms === 2_000);
    await until(() => received.length === 1 && echoWait() !== undefined, 'echo');
    echoWait()!.finish();
    await publishing;
    await until(() => seen.length === 1, 'message');
    expect(counts.get('broker_unlogged_publishes_total')).toBe(1);
  });

  test('outside the filters they go straight out', async () => {
    const { transport, received } = await start();
    await transport.publish({ topic: 'sensor/a/ack', payload: '{}', qos: 0 });
    expect(received).toEqual([]);
  });

  test('overtake the clients that wait for room', async () => {
    const { connect, received, transport } = await start({ maxUnsettled: 1, onDelivery: () => undefined });
    const client = await connect();
    const all: Promise<unknown>[] = ['0', '1', '2'].map((n) =>
      client.publishAsync('sensor/a/temperature', n, { qos: 1 }),
    );
    await until(() => received.length === 1, 'first delivery');
    await settleDown();
    all.push(transport.publish({ topic: 'window/a/control', payload: 'own', qos: 1 }));
    for (let n = 0; n < 4; n++) {
      await until(() => received.length > n, `delivery ${n}`);
      received[n]!.ack(receipt);
    }
    await Promise.all(all);
    expect(received.map(text)).toEqual(['0', 'own', '1', '2']);
  });
});

describe('limits and identities', () => {
  test('a packet over the limit ends the connection at its header', async () => {
    const { connect, received, counts } = await start({ maxPacketBytes: 1_000 });
    const client = await connect();
    await client.publishAsync('sensor/a/temperature', Buffer.alloc(900), { qos: 1 });
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.publish('sensor/a/temperature', Buffer.alloc(1_000), { qos: 1 });
    await closed;
    expect(received).toHaveLength(1);
    expect(counts.get('broker_refused_packets_total')).toBe(1);
  });

  test('bytes that are no text and would be a longer topic than any end the connection, and nobody else notices', async () => {
    const { connect, received, counts } = await start();
    const [bad, good] = [await connect(), await connect()];
    const closed = new Promise<void>((resolve) => bad.once('close', () => resolve()));
    const topic = Buffer.concat([Buffer.from('sensor/'), Buffer.alloc(21_850, 0xff), Buffer.from('/temperature')]);
    const packet = { cmd: 'publish', topic, payload: '1', qos: 1, messageId: 1, dup: false, retain: false } as const;
    bad.stream.write(generate(packet as never));
    await closed;
    await good.publishAsync('sensor/a/temperature', '1', { qos: 1 });
    expect(received.map(({ topic: taken }) => taken)).toEqual(['sensor/a/temperature']);
    expect(counts.get('broker_refused_publishes_total')).toBe(1);
  });

  test('users are let in by their password and kept to their topics', async () => {
    const { connect, received, transport } = await start({
      authenticate: ({ username, password }) =>
        Promise.resolve(
          password?.toString() === 'right' && username
            ? { name: username, role: username === 'esp' ? 'device' : 'viewer' }
            : undefined,
        ),
    });
    await expect(connect()).rejects.toThrow('Bad username or password');
    await expect(connect({ username: 'esp', password: 'wrong' })).rejects.toThrow('Bad username or password');
    const will = { topic: 'sensor/other/status', payload: Buffer.from('offline'), qos: 0 as const, retain: false };
    await expect(connect({ username: 'esp', password: 'right', will })).rejects.toThrow('Not authorized');
    const device = await connect({ username: 'esp', password: 'right' });
    await device.publishAsync('sensor/esp/temperature', '1', { qos: 1 });
    const viewer = await connect({ username: 'ann', password: 'right' });
    const seen: string[] = [];
    viewer.on('message', (topic) => seen.push(topic));
    await viewer.subscribeAsync('#', { qos: 1 });
    await transport.publish({ topic: 'ml/inference/request/esp', payload: '{}', qos: 1 });
    await transport.publish({ topic: 'sensor/esp/ack', payload: '{}', qos: 1 });
    await until(() => seen.length > 0, 'forwarded');
    expect(seen).toEqual(['sensor/esp/ack']);
    const closed = new Promise<void>((resolve) => device.once('close', () => resolve()));
    device.publish('sensor/other/temperature', '1', { qos: 1 });
    await closed;
    expect(received).toHaveLength(1);
  });
});
