import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as tcpConnect } from 'node:net';
import { connect as mqttConnect, type IClientOptions, type MqttClient } from 'mqtt';
import { generate } from 'mqtt-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { skipWithoutMosquitto, withMosquitto } from '../support/mosquitto.js';
import { receipt, rigOfEachTest, settleDown, text, until, type Rig } from './rig.js';

const start = rigOfEachTest();
const clients: MqttClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.end(true);
});

/** A client with the defaults of MQTT.js, which connects again by itself, and what happened to it. */
function ordinary(rig: Rig, options: IClientOptions = {}) {
  const client = mqttConnect(`mqtt://127.0.0.1:${rig.transport.port}`, options);
  clients.push(client);
  const tally = { connects: 0, closes: 0, errors: [] as string[], pings: 0, acknowledged: [] as number[] };
  client.on('connect', () => tally.connects++);
  client.on('close', () => tally.closes++);
  client.on('error', (error) => tally.errors.push(error.message));
  client.on('packetreceive', (packet) => packet.cmd === 'pingresp' && tally.pings++);
  return {
    client,
    tally,
    publish(topic: string, count: number): void {
      const publishAll = (): void => {
        for (let n = 0; n < count; n++) {
          client.publish(topic, String(n), { qos: 1 }, (error) => error ?? tally.acknowledged.push(n));
        }
      };
      // What MQTT.js has queued before that it sends one by one.
      if (client.connected) publishAll();
      else client.once('connect', publishAll);
    },
  };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** Takes everything that is there and what comes, as when the journal has room again. */
async function makeRoom(rig: Rig, until_: () => boolean): Promise<void> {
  let taken = 0;
  await until(() => {
    while (taken < rig.received.length) rig.received[taken++]!.ack(receipt);
    return until_();
  }, 'everything is acknowledged');
}

describe('while the journal is full', () => {
  test('nobody is thrown out, new ones are let in, and everything is acknowledged once and in order afterwards', async () => {
    const rig = await start({ maxUnsettled: 3, onDelivery: () => undefined });
    const early = [
      ordinary(rig),
      ordinary(rig, { keepalive: 5 }),
      ordinary(rig, { keepalive: 60, clean: false, clientId: 'kept' }),
    ];
    const device = ordinary(rig, { keepalive: 2 });
    const commands: string[] = [];
    device.client.on('message', (topic) => commands.push(topic));
    await device.client.subscribeAsync('window/+/control', { qos: 1 });
    for (const [n, publisher] of [...early, device].entries()) publisher.publish(`sensor/${n}/temperature`, 50);
    await until(() => rig.received.length === 3, 'the first');

    // Somebody has a look, and a device is switched on.
    const monitor = ordinary(rig, { keepalive: 5 });
    let seen = 0;
    monitor.client.on('message', () => seen++);
    await monitor.client.subscribeAsync('#');
    const late = ordinary(rig, { keepalive: 5 });
    late.publish('sensor/late/temperature', 50);
    await rig.transport.publish({ topic: 'window/a/control', payload: '{}', qos: 1 });
    await until(() => commands.length === 1 && seen === 1, 'the command at the device and at the monitor');

    // With keepalive 5 either side would have cut after 7.5 s.
    const all = [...early, device, monitor, late];
    const end = Date.now() + 8_000;
    await until(() => Date.now() > end, 'more than 1.5 × keepalive');
    for (const { tally } of all) expect(tally).toMatchObject({ connects: 1, closes: 0, errors: [], acknowledged: [] });
    expect(early[1]!.tally.pings).toBeGreaterThan(0);
    expect(rig.received).toHaveLength(3);

    const publishers = [...early, device, late];
    await makeRoom(rig, () => publishers.every(({ tally }) => tally.acknowledged.length === 50));
    for (const { tally } of publishers)
      expect(tally).toMatchObject({ connects: 1, closes: 0, acknowledged: numbers(50) });
    const readings = rig.received.filter(({ topic }) => topic.startsWith('sensor/'));
    expect(readings).toHaveLength(5 * 50);
    expect(readings.some(({ dup }) => dup)).toBe(false);
    for (const name of ['0', '1', '2', '3', 'late']) {
      const own = readings.filter(({ topic }) => topic === `sensor/${name}/temperature`);
      expect(own.map(text)).toEqual(numbers(50).map(String));
    }
  }, 30_000);

  test.skipIf(skipWithoutMosquitto)(
    `${withMosquitto}: mosquitto_pub waits and gets its acknowledgement`,
    async () => {
      const rig = await start({ maxUnsettled: 1, onDelivery: () => undefined });
      const first = ordinary(rig);
      first.publish('sensor/a/temperature', 2);
      await until(() => rig.counts.get('broker_held_total') === 1, 'full');
      const args = ['-p', String(rig.transport.port), '-q', '1', '-k', '5', '-t', 'sensor/m/temperature', '-m', '1'];
      const process = spawn('mosquitto_pub', args, { stdio: 'ignore' });
      const exited = once(process, 'exit');
      await until(() => rig.counts.get('broker_held_total') === 2, 'its message is held');
      const end = Date.now() + 8_000;
      await until(() => Date.now() > end, 'more than 1.5 × keepalive');
      expect(process.exitCode).toBeNull();
      await makeRoom(rig, () => process.exitCode !== null);
      expect(await exited).toEqual([0, null]);
      expect(rig.received.filter(({ topic }) => topic === 'sensor/m/temperature')).toHaveLength(1);
    },
    30_000,
  );

  test('and too much waits: new ones get no answer rather than a refusal, and all of them are served afterwards', async () => {
    const rig = await start({ maxUnsettled: 1, maxWaitingBytes: 20_000, onDelivery: () => undefined });
    const first = ordinary(rig);
    first.publish('sensor/a/temperature', 40);
    await until(() => (rig.counts.get('broker_held_total') ?? 0) >= 20, 'crowded');
    let again = 0;
    const late = Array.from({ length: 20 }, (_, n) => ordinary(rig, { clientId: `late-${n}` }));
    for (const { client, publish } of late) {
      client.on('reconnect', () => again++);
      publish('sensor/b/temperature', 1);
    }
    // Two seconds, in which a client that is refused would come twice.
    const end = Date.now() + 2_000;
    await until(() => Date.now() > end, 'time for storms');
    expect(again).toBe(0);
    for (const { tally } of late) expect(tally).toMatchObject({ connects: 0, closes: 0, errors: [] });
    const all = [first, ...late];
    await makeRoom(rig, () => all.reduce((sum, { tally }) => sum + tally.acknowledged.length, 0) === 60);
    for (const { tally } of all) expect(tally).toMatchObject({ connects: 1, closes: 0 });
    expect(rig.received).toHaveLength(60);
  });

  test('and too much waits: what a client goes on sending stays outside', async () => {
    const rig = await start({ maxUnsettled: 1, maxWaitingBytes: 300_000, onDelivery: () => undefined });
    const packet = generate({
      cmd: 'publish',
      topic: 'sensor/a/temperature',
      payload: Buffer.alloc(100_000),
      qos: 1,
      messageId: 1,
      retain: false,
      dup: false,
    });
    const connect = { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 0 } as const;
    // Each sends 1 MB: more than is read ahead and than the kernel takes of all of them.
    const sockets = Array.from({ length: 20 }, (_, n) => {
      const socket = tcpConnect(rig.transport.port, '127.0.0.1');
      socket.write(generate({ ...connect, clientId: `c${n}` }));
      for (let m = 0; m < 10; m++) socket.write(packet);
      return socket;
    });
    await until(() => (rig.counts.get('broker_held_total') ?? 0) >= 3, 'crowded');
    await settleDown(2_000);
    expect(rig.counts.get('broker_held_total')).toBeLessThan(25);
    await makeRoom(rig, () => rig.received.length === 200);
    for (const socket of sockets) socket.destroy();
  });

  test('health says so after 5 s', async () => {
    let now = 1_000_000;
    const rig = await start({
      maxUnsettled: 1,
      onDelivery: () => undefined,
      context: { clock: { now: () => now, sleep: () => new Promise(() => undefined) } },
    });
    ordinary(rig).publish('sensor/a/temperature', 2);
    await until(() => rig.counts.get('broker_held_total') === 1, 'held');
    expect(rig.transport.health!()).toEqual({ ok: true });
    now += 5_000;
    expect(rig.transport.health!()).toMatchObject({ ok: false, reason: '1 messages wait for room since 5 s' });
    await makeRoom(rig, () => rig.received.length === 2);
    expect(rig.transport.health!()).toEqual({ ok: true });
  });
});
