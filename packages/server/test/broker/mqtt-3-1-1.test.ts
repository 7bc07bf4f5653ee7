import { describe, expect, test } from 'vitest';
import { receipt, rigOfEachTest, settleDown, text, until } from './rig.js';

const start = rigOfEachTest();

describe('MQTT 3.1.1', () => {
  test('a will is delivered like any message and then distributed', async () => {
    const { connect, received } = await start({ onDelivery: () => undefined });
    const will = { topic: 'sensor/a/status', payload: Buffer.from('offline'), qos: 0 as const, retain: true };
    const device = await connect({ will });
    const watcher = await connect();
    const seen: string[] = [];
    watcher.on('message', (_topic, payload) => seen.push(payload.toString()));
    await watcher.subscribeAsync('sensor/+/status');
    device.stream.destroy();
    await until(() => received.length === 1, 'the will');
    await settleDown();
    expect(seen).toEqual([]);
    received[0]!.ack(receipt);
    await until(() => seen.length === 1, 'the will at the subscriber');
    expect([text(received[0]!), seen[0]]).toEqual(['offline', 'offline']);
  });

  test('no will after DISCONNECT, and none because the broker closes', async () => {
    const { connect, received, stop } = await start();
    const will = { topic: 'sensor/a/status', payload: Buffer.from('offline'), qos: 1 as const, retain: true };
    await (await connect({ will })).endAsync();
    await connect({ will });
    await settleDown();
    await stop();
    expect(received).toEqual([]);
  });

  test('retained messages reach later subscribers, and an empty one clears', async () => {
    const { connect } = await start();
    const device = await connect();
    await device.publishAsync('sensor/a/status', 'online', { qos: 1, retain: true });
    const first = await connect();
    const seen: [string, boolean][] = [];
    first.on('message', (_topic, payload, packet) => seen.push([payload.toString(), packet.retain]));
    await first.subscribeAsync('sensor/+/status');
    await until(() => seen.length === 1, 'retained message');
    expect(seen).toEqual([['online', true]]);
    await device.publishAsync('sensor/a/status', '', { qos: 1, retain: true });
    const second = await connect();
    let more = 0;
    second.on('message', () => more++);
    await second.subscribeAsync('sensor/+/status');
    await settleDown();
    expect(more).toBe(0);
  });

  test('a retained message is found by its exact topic too, and their number is bounded', async () => {
    const { connect, counts } = await start({ maxRetainedMessages: 1 });
    const device = await connect();
    for (const payload of ['online', 'again']) {
      await device.publishAsync('sensor/a/status', payload, { qos: 1, retain: true });
    }
    await device.publishAsync('sensor/b/status', 'online', { qos: 1, retain: true });
    await until(() => counts.get('broker_retained_dropped_total') === 1, 'one dropped');
    const later = await connect();
    const seen: string[] = [];
    later.on('message', (topic, payload) => seen.push(`${topic} ${payload.toString()}`));
    await later.subscribeAsync(['sensor/a/status', 'sensor/b/status', 'sensor/c/status']);
    await until(() => seen.length > 0, 'retained message');
    await settleDown();
    expect(seen).toEqual(['sensor/a/status again']);
  });

  test('$SYS, $share and MQTT 5 are refused', async () => {
    const { connect } = await start();
    const client = await connect();
    // MQTT.js reports a refused filter (SUBACK 0x80) as an error.
    await expect(client.subscribeAsync('$share/g/sensor/#')).rejects.toThrow();
    await expect(client.subscribeAsync('$SYS/#')).rejects.toThrow();
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.publish('$SYS/x', 'x', { qos: 1 });
    await closed;
    await expect(connect({ protocolVersion: 5 })).rejects.toThrow();
  });

  test('a session that is away keeps a bounded number of messages', async () => {
    const { connect, counts } = await start({ maxOfflineMessages: 3 });
    const session = { clientId: 'sleeper', clean: false };
    const sleeper = await connect(session);
    await sleeper.subscribeAsync('sensor/#', { qos: 1 });
    await sleeper.endAsync();
    const publisher = await connect();
    for (const n of ['0', '1', '2', '3', '4']) await publisher.publishAsync('sensor/a/temperature', n, { qos: 1 });
    await until(() => counts.get('broker_offline_dropped_total') === 2, 'two dropped');
    const seen: string[] = [];
    await connect(session, (_topic, payload) => seen.push(payload.toString()));
    await until(() => seen.length === 3, 'kept messages');
    expect(seen).toEqual(['0', '1', '2']);
    await publisher.publishAsync('sensor/a/temperature', '5', { qos: 1 });
    await until(() => seen.length === 4, 'room again');
  });
});
