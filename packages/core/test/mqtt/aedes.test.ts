import { once } from 'node:events';
import mqtt from 'mqtt';
import { defaultContext, LouverError, noMetrics } from '@louver/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aedes, listen, type AedesBroker } from './brokers.js';
import { openTransport, RECEIPT, Reception } from './support.js';

/** A subscriber of the broker's own, and whether the transport has subscribed. */
async function subscribed(broker: AedesBroker): Promise<void> {
  await once(broker.broker as unknown as NodeJS.EventEmitter, 'subscribe');
}

/** Payloads in the order in which their PUBACKs arrive from now on. */
function acknowledgements({ broker }: AedesBroker): string[] {
  const payloads: string[] = [];
  broker.on('ack', (packet) => payloads.push(String((packet as { payload?: Buffer }).payload)));
  return payloads;
}

async function publisher(url: string): Promise<mqtt.MqttClient> {
  const client = await mqtt.connectAsync(url);
  onTestFinished(() => client.endAsync(true));
  return client;
}

describe('with aedes (MQTT 3.1.1)', () => {
  test('falls back from MQTT 5, receives at QoS 1 and publishes', async () => {
    const broker = await aedes();
    const transport = await openTransport({ url: broker.url });
    const reception = new Reception(transport, ['sensor/+/temperature'], { each: (delivery) => delivery.ack(RECEIPT) });
    await subscribed(broker);
    await expect.poll(() => transport.health!()).toEqual({ ok: true });
    const client = await publisher(broker.url);
    await client.publishAsync('sensor/a/temperature', 'one', { qos: 1 });
    await client.publishAsync('sensor/a/temperature', 'two', { qos: 0 });
    await client.publishAsync('sensor/a/humidity', 'other', { qos: 1 });
    await expect.poll(() => reception.texts).toEqual(['one', 'two']);
    expect(reception.deliveries.map(({ topic, qos, retained }) => [topic, qos, retained])).toEqual([
      ['sensor/a/temperature', 1, false],
      ['sensor/a/temperature', 0, false],
    ]);
    await transport.publish({ topic: 'sensor/b/temperature', payload: new Uint8Array([104, 105]), qos: 1 });
    await transport.publish({ topic: 'sensor/b/temperature', payload: 'there', qos: 0 });
    await expect.poll(() => reception.texts).toEqual(['one', 'two', 'hi', 'there']);
  });

  test('acknowledges in the order of receipt, whatever the order of settling [MQTT-4.6.0-2]', async () => {
    const broker = await aedes();
    const transport = await openTransport({ url: broker.url });
    const reception = new Reception(transport, ['t']);
    await subscribed(broker);
    const acknowledged = acknowledgements(broker);
    const client = await publisher(broker.url);
    for (let i = 0; i < 6; i++) await client.publishAsync('t', String(i), { qos: 1 });
    await expect.poll(() => reception.deliveries.length).toBe(6);
    for (const i of [5, 3, 1]) reception.deliveries[i]!.ack(RECEIPT);
    // A round trip, so that what was wrongly sent would have arrived.
    await transport.publish({ topic: 'other', payload: '', qos: 1 });
    expect(acknowledged).toEqual([]);
    reception.deliveries[0]!.ack(RECEIPT);
    await expect.poll(() => acknowledged).toEqual(['0', '1']);
    for (const i of [4, 2]) reception.deliveries[i]!.ack(RECEIPT);
    await expect.poll(() => acknowledged).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  test('what is not acknowledged comes again after a reconnect; settling the old one then does nothing', async () => {
    const broker = await aedes();
    const transport = await openTransport({ url: broker.url });
    const reception = new Reception(transport, ['t']);
    await subscribed(broker);
    const client = await publisher(broker.url);
    for (const payload of ['a', 'b', 'c']) await client.publishAsync('t', payload, { qos: 1 });
    await expect.poll(() => reception.texts).toEqual(['a', 'b', 'c']);
    reception.deliveries[0]!.ack(RECEIPT);
    reception.deliveries[1]!.nack(new LouverError('E_JOURNAL_FULL', 'no room'));
    await expect.poll(() => reception.texts).toEqual(['a', 'b', 'c', 'b', 'c']);
    const acknowledged = acknowledgements(broker);
    reception.deliveries[2]!.ack(RECEIPT);
    await transport.publish({ topic: 'other', payload: '', qos: 1 });
    expect(acknowledged).toEqual([]);
    reception.deliveries[3]!.ack(RECEIPT);
    reception.deliveries[4]!.ack(RECEIPT);
    await expect.poll(() => acknowledged).toEqual(['b', 'c']);
  });

  test('never more than maxUnsettled are open; QoS 0 over the bound is shed, and pings go on', async () => {
    const broker = await aedes();
    const shed: string[] = [];
    const context = defaultContext({ metrics: { ...noMetrics, count: (name) => shed.push(name) } });
    const transport = await openTransport({ url: broker.url, keepaliveS: 5 }, context);
    const reception = new Reception(transport, ['t'], { maxUnsettled: 10 });
    await subscribed(broker);
    const client = await publisher(broker.url);
    for (let i = 0; i < 10; i++) await client.publishAsync('t', String(i), { qos: 1 });
    await expect.poll(() => reception.deliveries.length).toBe(10);
    await client.publishAsync('t', 'shed', { qos: 0 });
    await expect.poll(() => shed).toContain('transport_shed_total');
    await Promise.all(Array.from({ length: 1490 }, (_, i) => client.publishAsync('t', String(10 + i), { qos: 1 })));
    // The broker answers only to what it hears: three times the keepalive's third without being cut.
    let pings = 0;
    broker.broker.on('ping', () => pings++);
    await expect.poll(() => pings, { timeout: 20_000 }).toBeGreaterThanOrEqual(5);
    expect(reception.deliveries.length).toBe(10);
    expect(shed).not.toContain('transport_disconnected_total');
    for (let i = 0; i < 1500; i++) {
      await expect.poll(() => reception.deliveries.length, { interval: 1 }).toBeGreaterThan(i);
      expect(reception.deliveries.length).toBeLessThanOrEqual(i + 10);
      reception.deliveries[i]!.ack(RECEIPT);
    }
    expect(reception.texts).toEqual(Array.from({ length: 1500 }, (_, i) => String(i)));
  });

  test('5,000 messages arrive once and in order, many in a batch', async () => {
    const broker = await aedes();
    const transport = await openTransport({ url: broker.url });
    const reception = new Reception(transport, ['t/#'], {
      maxUnsettled: 256,
      each: (delivery) => delivery.ack(RECEIPT),
    });
    await subscribed(broker);
    const sender = await openTransport({ url: broker.url });
    await Promise.all(
      Array.from({ length: 5000 }, (_, i) => sender.publish({ topic: `t/${i % 7}`, payload: String(i), qos: 1 })),
    );
    await expect.poll(() => reception.deliveries.length).toBe(5000);
    expect(new Set(reception.texts).size).toBe(5000);
  });

  test('connects with the first use only; what a session kept is not lost by publishing before receiving', async () => {
    const broker = await aedes();
    let connections = 0;
    broker.broker.on('client', () => connections++);
    const first = await openTransport({ url: broker.url, clientId: 'server' });
    expect(connections).toBe(0);
    const reception = new Reception(first, ['t']);
    await subscribed(broker);
    await first.close();
    await reception.end();
    const client = await publisher(broker.url);
    await client.publishAsync('t', 'while away', { qos: 1 });
    const second = await openTransport({ url: broker.url, clientId: 'server' });
    await second.publish({ topic: 'x', payload: 'before', qos: 1 });
    const later = new Reception(second, ['t'], { each: (delivery) => delivery.ack(RECEIPT) });
    await expect.poll(() => later.texts).toEqual(['while away']);
  });

  test('after receive has ended nothing is acknowledged, and publishing goes on', async () => {
    const broker = await aedes();
    const transport = await openTransport({ url: broker.url, clientId: 'server' });
    const reception = new Reception(transport, ['t']);
    await subscribed(broker);
    const client = await publisher(broker.url);
    await client.publishAsync('t', 'early', { qos: 1 });
    await expect.poll(() => reception.texts).toEqual(['early']);
    await reception.end();
    await client.publishAsync('t', 'late', { qos: 1 });
    const acknowledged = acknowledgements(broker);
    reception.deliveries[0]!.ack(RECEIPT);
    await transport.publish({ topic: 'x', payload: '', qos: 1 });
    await expect.poll(() => acknowledged).toEqual(['early']);
    const again = new Reception(transport, ['t']);
    await expect.poll(() => again.texts).toEqual(['late']);
  });

  test('a broker that is away fails neither open nor publish, until it comes', async () => {
    const place = await listen(() => undefined);
    await place.stop();
    const transport = await openTransport({ url: `tcp://127.0.0.1:${place.port}` });
    const reception = new Reception(transport, ['t'], { each: (delivery) => delivery.ack(RECEIPT) });
    const published = transport.publish({ topic: 't', payload: 'patient', qos: 1 });
    await expect
      .poll(() => transport.health!())
      .toEqual({ ok: false, reason: expect.stringMatching(/refused \(ECONNREFUSED\).*127\.0\.0\.1:\d+/) as string });
    await aedes(place.port);
    await published;
    expect(transport.health!()).toEqual({ ok: true });
    await transport.publish({ topic: 't', payload: 'again', qos: 1 });
    await expect.poll(() => reception.texts.at(-1)).toBe('again');
  });

  test('publish ends with its signal, with the transport, and after ten seconds of waiting', async () => {
    const place = await listen(() => undefined);
    await place.stop();
    const url = `mqtt://127.0.0.1:${place.port}`;
    const transport = await openTransport({ url });
    const stop = new AbortController();
    const aborted = transport.publish({ topic: 't', payload: '', qos: 1 }, stop.signal);
    stop.abort();
    await expect(aborted).rejects.toMatchObject({
      code: 'E_TRANSPORT',
      message: expect.stringContaining('aborted') as string,
    });
    const cut = transport.publish({ topic: 't', payload: '', qos: 1 });
    cut.catch(() => undefined);
    await transport.close();
    await expect(cut).rejects.toMatchObject({
      code: 'E_TRANSPORT',
      message: expect.stringContaining('closed') as string,
    });
    await expect(transport.publish({ topic: 't', payload: '', qos: 1 })).rejects.toMatchObject({ code: 'E_TRANSPORT' });

    // Ten seconds pass at once on a clock of our own.
    let now = 0;
    const clock = {
      now: () => now,
      sleep: (ms: number) =>
        new Promise<void>((resolve) =>
          setImmediate(() => {
            now += ms;
            resolve();
          }),
        ),
    };
    const impatient = await openTransport({ url }, defaultContext({ clock }));
    await expect(impatient.publish({ topic: 't', payload: '', qos: 1 })).rejects.toMatchObject({
      code: 'E_TRANSPORT',
      retryable: true,
      message: expect.stringContaining('10000 ms') as string,
    });
  });

  test('topics that would make the broker hang up are refused here', async () => {
    const broker = await aedes();
    const transport = await openTransport({ url: broker.url });
    for (const topic of ['', 'a/+', 'a/#', 'a\u0000', 'x'.repeat(65_536)]) {
      await expect(transport.publish({ topic, payload: '', qos: 1 })).rejects.toMatchObject({
        code: 'E_TRANSPORT',
        retryable: false,
      });
    }
  });

  test('one receive at a time, with filters and a bound', async () => {
    const broker = await aedes();
    const transport = await openTransport({ url: broker.url });
    const { signal } = new AbortController();
    const start = (filters: string[], maxUnsettled: number) =>
      transport.receive(filters, { maxUnsettled, signal })[Symbol.asyncIterator]().next();
    await expect(start([], 0)).rejects.toThrow(/E_CONFIG: receive: filters are empty.*maxUnsettled is 0/);
    new Reception(transport, ['t']);
    await expect(start(['t'], 1)).rejects.toThrow(/running already/);
  });
});
