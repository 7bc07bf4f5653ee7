import { spawn } from 'node:child_process';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectAsync } from 'mqtt';
import { defaultContext, LouverError, silentLogger, systemClock, type Context, type Transport } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { mosquitto, temporaryFolder } from './brokers.js';
import { skipWithoutMosquitto, withMosquitto } from './mosquitto-process.js';
import { openTransport, RECEIPT, Reception } from './support.js';

/** Tells of connections. */
function watched(): { context: Context; connections: { protocolVersion: number }[] } {
  const connections: { protocolVersion: number }[] = [];
  const info = (message: string, fields?: object): void => {
    if (message === 'mqtt connected') connections.push(fields as { protocolVersion: number });
  };
  return { context: defaultContext({ logger: { ...silentLogger, info } }), connections };
}

describe.skipIf(skipWithoutMosquitto)(withMosquitto, () => {
  test.each([4, 5, undefined] as const)('5,000 messages through, MQTT version %s', async (protocolVersion) => {
    const broker = await mosquitto({ config: ['allow_anonymous true', 'max_queued_messages 0'] });
    const { context, connections } = watched();
    const chosen = protocolVersion === undefined ? {} : { protocolVersion };
    const transport = await openTransport({ url: broker.url, ...chosen }, context);
    const reception = new Reception(transport, ['t/#'], {
      maxUnsettled: 64,
      each: (delivery) => delivery.ack(RECEIPT),
    });
    await transport.publish({ topic: 'x', payload: '', qos: 1 });
    expect(connections).toMatchObject([{ protocolVersion: protocolVersion ?? 5 }]);
    const sender = await openTransport({ url: broker.url, ...chosen });
    await expect.poll(() => transport.health!()).toEqual({ ok: true });
    await Promise.all(
      Array.from({ length: 5000 }, (_, i) => sender.publish({ topic: 't/a', payload: String(i), qos: 1 })),
    );
    await expect.poll(() => reception.deliveries.length, { timeout: 20_000 }).toBe(5000);
    expect(reception.texts).toEqual(Array.from({ length: 5000 }, (_, i) => String(i)));
    expect(connections.length).toBe(1);
  });

  test.each([4, 5] as const)(
    'what is not acknowledged comes again after a reconnect, MQTT version %i',
    async (protocolVersion) => {
      const broker = await mosquitto();
      const transport = await openTransport({ url: broker.url, protocolVersion });
      const reception = new Reception(transport, ['t'], { maxUnsettled: 10 });
      for (let i = 0; i < 15; i++) await transport.publish({ topic: 't', payload: String(i), qos: 1 });
      await expect.poll(() => reception.deliveries.length).toBe(10);
      for (const i of [0, 1, 3, 4]) reception.deliveries[i]!.ack(RECEIPT);
      reception.deliveries[2]!.nack(new LouverError('E_JOURNAL_FULL', 'no room'));
      await expect.poll(() => reception.deliveries.length).toBeGreaterThan(14);
      for (let i = 5; i < 10; i++) reception.deliveries[i]!.ack(RECEIPT);
      // 0 and 1 were acknowledged; 3 and 4 were settled behind 2, and could not be.
      await expect
        .poll(() => {
          for (let i = 10; i < reception.deliveries.length; i++) reception.deliveries[i]!.ack(RECEIPT);
          return reception.texts.slice(10);
        })
        .toContain('14');
      const again = reception.texts.slice(10).filter((text) => Number(text) < 10);
      expect(again).toEqual(expect.arrayContaining(['2', '3', '4', '5']));
      expect(again).not.toContain('0');
    },
  );

  test.each([4, 5] as const)(
    'who acknowledges only what it has answered is not starved by large messages, MQTT version %i',
    async (protocolVersion) => {
      const broker = await mosquitto();
      const transport = await openTransport({ url: broker.url, protocolVersion });
      const answered = new Set<string>();
      const reception = new Reception(transport, ['question/+'], {
        maxUnsettled: 64,
        each(delivery) {
          transport.publish({ topic: delivery.topic.replace('question', 'answer'), payload: '', qos: 1 }).then(
            () => {
              answered.add(delivery.topic);
              delivery.ack(RECEIPT);
            },
            (error: unknown) => delivery.nack(LouverError.from(error, 'E_TRANSPORT')),
          );
        },
      });
      await transport.publish({ topic: 'x', payload: '', qos: 1 });
      const asker = await openTransport({ url: broker.url, protocolVersion });
      const payload = Buffer.alloc(100_000, 'a');
      const questions = Array.from({ length: 300 }, (_, i) => `question/${i}`);
      await Promise.all(questions.map((topic) => asker.publish({ topic, payload, qos: 1 })));
      await expect.poll(() => answered.size, { timeout: 20_000 }).toBe(300);
      expect(reception.deliveries.length).toBeGreaterThanOrEqual(300);
    },
  );

  test.each([4, 5] as const)('QoS 2 comes as QoS 1, MQTT version %i', async (protocolVersion) => {
    const broker = await mosquitto();
    const transport = await openTransport({ url: broker.url, protocolVersion });
    const reception = new Reception(transport, ['t'], { each: (delivery) => delivery.ack(RECEIPT) });
    await transport.publish({ topic: 'x', payload: '', qos: 1 });
    await promisify(execFile)('mosquitto_pub', ['-p', String(broker.port), '-q', '2', '-t', 't', '-m', 'two', '-r']);
    await expect.poll(() => reception.texts).toContain('two');
    expect(reception.deliveries.map(({ qos }) => qos)).toEqual([1]);
  });

  test('a broker that is killed and comes back: the session is made again, nothing kept is lost', async () => {
    const folder = await temporaryFolder();
    const config = ['allow_anonymous true', 'persistence true', `persistence_location ${folder}/`];
    const broker = await mosquitto({ folder, config });
    const transport = await openTransport({ url: broker.url, clientId: 'server' });
    const reception = new Reception(transport, ['t']);
    await transport.publish({ topic: 't', payload: 'kept', qos: 1 });
    await expect.poll(() => reception.texts).toEqual(['kept']);
    await broker.stop('SIGTERM');
    await expect.poll(() => transport.health!()).toMatchObject({ ok: false });
    const waiting = transport.publish({ topic: 't', payload: 'waited', qos: 1 });
    await broker.start();
    await waiting;
    await expect.poll(() => reception.texts).toEqual(['kept', 'kept', 'waited']);
    for (const delivery of reception.deliveries) delivery.ack(RECEIPT);
    await broker.stop('SIGKILL');
    await rm(join(folder, 'mosquitto.db'), { force: true });
    // Nothing was saved: the subscription has to be made again.
    await broker.start();
    await transport.publish({ topic: 't', payload: 'after', qos: 1 });
    await expect
      .poll(async () => {
        await transport.publish({ topic: 't', payload: 'after', qos: 1 });
        return reception.texts;
      })
      .toContain('after');
  });

  test.each([4, 5] as const)(
    'subscriptions are made with every connection: a session of long ago may lack one, MQTT version %i',
    async (protocolVersion) => {
      const broker = await mosquitto();
      let goOn = (): void => undefined;
      const gate = new Promise<void>((resolve) => (goOn = resolve));
      const clock = {
        now: () => systemClock.now(),
        sleep: (ms: number, signal?: AbortSignal) => gate.then(() => systemClock.sleep(ms, signal)),
      };
      const options = { url: broker.url, clientId: 'server', protocolVersion };
      const transport = await openTransport(options, defaultContext({ clock }));
      const reception = new Reception(transport, ['t'], { each: (delivery) => delivery.ack(RECEIPT) });
      await expect.poll(() => transport.health!()).toEqual({ ok: true });
      // Makes the session what it was before the subscription.
      const other = await connectAsync(broker.url, { clientId: 'server', clean: false, reconnectPeriod: 0 });
      await other.unsubscribeAsync('t');
      await other.endAsync();
      goOn();
      await transport.publish({ topic: 't', payload: 'here', qos: 1 });
      await expect.poll(() => reception.texts).toEqual(['here']);
    },
  );

  test.each([4, 5] as const)(
    'bad credentials are said in words, and good ones pass, MQTT version %i',
    async (protocolVersion) => {
      const folder = await temporaryFolder();
      const passwords = join(folder, 'passwords');
      await promisify(execFile)('mosquitto_passwd', ['-b', '-c', passwords, 'louver', 'right']);
      const broker = await mosquitto({ folder, config: ['allow_anonymous false', `password_file ${passwords}`] });
      const bad = await openTransport({ url: broker.url, username: 'louver', password: 'wrong', protocolVersion });
      new Reception(bad, ['t']);
      await expect
        .poll(() => bad.health!())
        .toEqual({
          ok: false,
          reason: expect.stringContaining('not authorised: bad user name or password') as string,
        });
      expect(JSON.stringify(bad.health!())).not.toContain('wrong');
      const good = await openTransport({ url: `mqtt://louver:right@127.0.0.1:${broker.port}`, protocolVersion });
      await good.publish({ topic: 't', payload: '', qos: 1 });
      expect(good.health!()).toEqual({ ok: true });
    },
  );

  test.each([4, 5] as const)(
    'two with one client id come to rest, and it is named, MQTT version %i',
    async (version) => {
      const broker = await mosquitto();
      const { context, connections } = watched();
      const options = { url: broker.url, clientId: 'same', protocolVersion: version };
      const first = await openTransport(options, context);
      await first.publish({ topic: 't', payload: '', qos: 1 });
      const second = await openTransport(options, context);
      const publishing = second.publish({ topic: 't', payload: '', qos: 1 }).catch(() => undefined);
      const reason = expect.stringMatching(/another client connects as "same": give each server its own/) as string;
      // Also while it is connected, for as long as the other may come back.
      await expect.poll(() => first.health!(), { timeout: 10_000 }).toEqual({ ok: false, reason });
      await expect.poll(() => second.health!(), { timeout: 10_000 }).toEqual({ ok: false, reason });
      // Three for each, and what happened until this test looked: each wait is twice the last.
      expect(connections.length).toBeLessThan(24);
      await publishing;
    },
  );

  test('a broker that stops answering for a while is waited for', async () => {
    const broker = await mosquitto();
    const transport = await openTransport({ url: broker.url });
    await transport.publish({ topic: 't', payload: '', qos: 1 });
    broker.pause();
    let settled = false;
    const waiting = transport.publish({ topic: 't', payload: '', qos: 1 }).finally(() => (settled = true));
    // Another program's whole life passes meanwhile.
    await new Promise((resolve) => spawn(process.execPath, ['-e', '']).on('exit', resolve));
    expect(settled).toBe(false);
    broker.resume();
    await waiting;
  });

  test('whether it is there is asked with a ping, not before it has answered CONNECT, nor while nothing is read', async () => {
    const broker = await mosquitto({ config: ['allow_anonymous true', 'max_inflight_messages 0'] });
    const asked = async (transport: Transport, withinMs = 10_000): Promise<string> => {
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), withinMs);
      const answer = transport.check!(limit.signal).then(
        () => 'there',
        (error: unknown) => String(error),
      );
      return answer.finally(() => clearTimeout(timer));
    };
    const idle = await openTransport({ url: broker.url });
    expect(await asked(idle)).toBe('there');
    await idle.publish({ topic: 'x', payload: '', qos: 1 });
    expect(await asked(idle)).toBe('there');
    // Without Receive Maximum the broker sends on: beyond 1,024 that wait nothing is read.
    const full = await openTransport({ url: broker.url, protocolVersion: 4, clientId: 'full' });
    const reception = new Reception(full, ['t'], { maxUnsettled: 1 });
    await expect.poll(() => full.health!()).toEqual({ ok: true });
    const sent = Array.from({ length: 1_500 }, () => idle.publish({ topic: 't', payload: '', qos: 1 }));
    await Promise.all(sent);
    await expect.poll(() => reception.deliveries.length).toBe(1);
    broker.pause();
    // However long it were: it says nothing.
    expect(await asked(idle, 300)).toBe('Error: the broker says nothing');
    expect(await asked(full)).toBe('there');
    const late = await openTransport({ url: broker.url });
    void late.publish({ topic: 'x', payload: '', qos: 1 }).catch(() => undefined);
    expect(await asked(late)).toBe('there');
    broker.resume();
    expect(await asked(idle)).toBe('there');
  });

  test('a broker that hangs is noticed by the keepalive, and found again when it goes on', async () => {
    const broker = await mosquitto();
    const transport = await openTransport({ url: broker.url, keepaliveS: 5, connectTimeoutMs: 100 });
    const reception = new Reception(transport, ['t'], { each: (delivery) => delivery.ack(RECEIPT) });
    await expect.poll(() => transport.health!()).toEqual({ ok: true });
    broker.pause();
    const reasons: string[] = [];
    await expect
      .poll(
        () => {
          const health = transport.health!();
          if (!health.ok) reasons.push(health.reason);
          return reasons.join('\n');
        },
        { timeout: 20_000 },
      )
      .toMatch(/does not answer any more \(keepalive 5 s\)[^]*no answer to CONNECT within 100 ms/);
    broker.resume();
    await expect.poll(() => transport.health!(), { timeout: 2000 }).toEqual({ ok: true });
    await transport.publish({ topic: 't', payload: 'back', qos: 1 });
    await expect.poll(() => reception.texts).toEqual(['back']);
  });

  test.each([4, 5] as const)(
    'a retained message comes once, also after reconnects, MQTT version %i',
    async (version) => {
      const broker = await mosquitto();
      const sender = await openTransport({ url: broker.url });
      await sender.publish({ topic: 't', payload: 'kept', qos: 1, retain: true });
      const transport = await openTransport({ url: broker.url, clientId: 'server', protocolVersion: version });
      const reception = new Reception(transport, ['t']);
      await expect.poll(() => reception.texts).toEqual(['kept']);
      reception.deliveries[0]!.ack(RECEIPT);
      await sender.publish({ topic: 't', payload: 'returned', qos: 1 });
      await expect.poll(() => reception.texts).toEqual(['kept', 'returned']);
      reception.deliveries[1]!.nack(new LouverError('E_JOURNAL_FULL', 'no room'));
      await expect.poll(() => reception.texts).toEqual(['kept', 'returned', 'returned']);
      await sender.publish({ topic: 't', payload: 'last', qos: 1 });
      await expect.poll(() => reception.texts).toEqual(['kept', 'returned', 'returned', 'last']);
    },
  );

  test('a broker that takes QoS 0 only is named; what it sends is taken, what we publish is refused', async () => {
    const broker = await mosquitto({ config: ['max_qos 0', 'allow_anonymous true'] });
    const transport = await openTransport({ url: broker.url });
    const reception = new Reception(transport, ['t', 'u']);
    await expect
      .poll(() => transport.health!())
      .toEqual({
        ok: false,
        reason: expect.stringMatching(/grants only QoS 0 for t, u: .*let it grant QoS 1/) as string,
      });
    await expect(transport.publish({ topic: 't', payload: '', qos: 1 })).rejects.toThrow(
      /refused t: it takes QoS 0 only/,
    );
    await transport.publish({ topic: 't', payload: 'taken', qos: 0 });
    await expect.poll(() => reception.texts).toEqual(['taken']);
  });
});
