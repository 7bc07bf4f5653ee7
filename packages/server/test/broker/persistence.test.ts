import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultContext, silentLogger } from '@louver/core';
import { manualClock } from '@louver/core/testkit';
import { brokerTransport } from '../../src/broker/broker-transport.js';
import { receipt, settleDown, startRig, text, until, type Rig, type RigOptions } from './rig.js';

let folder: string;
let directory: string;
let rig: Rig | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'louver-broker-'));
  directory = join(folder, 'broker');
});
afterEach(async () => {
  await rig?.stop();
  rig = undefined;
  await rm(folder, { recursive: true });
});

async function restart(options: RigOptions = {}): Promise<Rig> {
  await rig?.stop();
  return (rig = await startRig({ persistence: { directory }, ...options }));
}

/** Comes back and waits until as many messages have come as there are expected, and then whether more do. */
async function come(clientId: string, expected: number, clean = false): Promise<string[]> {
  const seen: string[] = [];
  const client = await rig!.connect({ clientId, clean }, (topic, payload) => {
    seen.push(`${topic} ${payload.toString()}`);
  });
  await until(() => seen.length >= expected, `${expected} messages for ${clientId}, ${seen.length} came`);
  await settleDown();
  await client.endAsync();
  return seen;
}

async function sleeper(clientId: string, filter: string, qos: 0 | 1 | 2 = 1): Promise<void> {
  const client = await rig!.connect({ clientId, clean: false });
  await client.subscribeAsync(filter, { qos });
  await client.endAsync();
}

async function publish(topic: string, ...payloads: readonly string[]): Promise<void> {
  const client = await rig!.connect();
  for (const payload of payloads) await client.publishAsync(topic, payload, { qos: 1 });
  await client.endAsync();
}

async function retained(filter: string, expected: number): Promise<string[]> {
  const client = await rig!.connect();
  const seen: string[] = [];
  client.on('message', (topic, payload) => seen.push(`${topic} ${payload.toString()}`));
  await client.subscribeAsync(filter);
  await until(() => seen.length >= expected, 'retained messages');
  await settleDown();
  await client.endAsync();
  // One that is being handed on comes both as it is said and as it is kept.
  return [...new Set(seen)].sort();
}

describe('across a restart', () => {
  test('the folder is for this user only', async () => {
    await restart();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  test('retained messages are there, changed and cleared ones too', async () => {
    await restart();
    const client = await rig!.connect();
    for (const [topic, payload] of [
      ['sensor/a/status', 'online'],
      ['sensor/b/status', 'online'],
      ['sensor/ü/config', 'x'.repeat(100_000)],
      ['sensor/a/status', 'offline'],
      ['sensor/b/status', ''],
    ] as const) {
      await client.publishAsync(topic, payload, { qos: 1, retain: true });
    }
    await rig!.transport.publish({ topic: 'sensor/c/config', payload: '{}', qos: 0, retain: true });
    await restart();
    expect(await retained('sensor/a/status', 1)).toEqual(['sensor/a/status offline']);
    const all = ['sensor/a/status offline', 'sensor/c/config {}', `sensor/ü/config ${'x'.repeat(100_000)}`];
    expect(await retained('sensor/#', 3)).toEqual(all);
    await restart();
    expect(await retained('sensor/#', 3)).toEqual(all);
  });

  test('a session has its subscriptions and its messages, in order, and the bound still counts them', async () => {
    await restart({ maxOfflineMessages: 4 });
    await sleeper('sleeper', 'sensor/#');
    await publish('sensor/a/temperature', '0', '1');
    await restart({ maxOfflineMessages: 4 });
    await publish('sensor/a/temperature', '2');
    await restart({ maxOfflineMessages: 4 });
    await publish('sensor/a/temperature', '3', '4', '5');
    expect(rig!.counts.get('broker_offline_dropped_total')).toBe(2);
    expect(await come('sleeper', 4)).toEqual(['0', '1', '2', '3'].map((n) => `sensor/a/temperature ${n}`));
    // They are not kept any longer, and there is room again.
    await restart({ maxOfflineMessages: 4 });
    await publish('sensor/a/temperature', '6');
    expect(await come('sleeper', 1)).toEqual(['sensor/a/temperature 6']);
  });

  test('what was sent and not acknowledged comes again, as such', async () => {
    await restart();
    const client = await rig!.connect({ clientId: 'sleeper', clean: false });
    await client.subscribeAsync('sensor/#', { qos: 1 });
    const came = new Promise<void>((resolve) => {
      client.handleMessage = () => resolve();
    });
    await publish('sensor/a/temperature', '1');
    await came;
    client.stream.destroy();
    await restart();
    const seen: [string, boolean][] = [];
    await rig!.connect({ clientId: 'sleeper', clean: false }, (_topic, payload, { dup }) => {
      seen.push([payload.toString(), dup]);
    });
    await until(() => seen.length === 1, 'the message again');
    expect(seen).toEqual([['1', true]]);
  });

  test.each([
    ['a narrower filter beside a wider one', ['sensor/#', 'sensor/a/temperature']],
    ['a wider one beside a narrower one', ['sensor/a/temperature', 'sensor/#']],
  ])('%s: each message once, and the wider goes on without the narrower', async (_name, filters) => {
    await restart();
    const client = await rig!.connect({ clientId: 'sleeper', clean: false });
    for (const filter of filters) await client.subscribeAsync(filter, { qos: 1 });
    let live = 0;
    client.on('message', () => live++);
    await publish('sensor/a/temperature', '1');
    await until(() => live === 1, 'live message');
    await settleDown();
    expect([live, client.connected]).toEqual([1, true]);
    await client.unsubscribeAsync('sensor/a/temperature');
    await client.endAsync();
    await restart();
    await publish('sensor/a/temperature', '2');
    await publish('sensor/b/temperature', '3');
    expect(await come('sleeper', 2)).toEqual(['sensor/a/temperature 2', 'sensor/b/temperature 3']);
  });

  test('a QoS 0 subscription has no queue, a removed one and a clean session have nothing', async () => {
    await restart();
    await sleeper('qos-0', 'sensor/#', 0);
    await sleeper('removed', 'sensor/#');
    await sleeper('cleaned', 'sensor/#');
    await publish('sensor/a/temperature', '1');
    const removing = await rig!.connect({ clientId: 'removed', clean: false });
    await removing.unsubscribeAsync('sensor/#');
    await removing.endAsync();
    await (await rig!.connect({ clientId: 'cleaned', clean: true })).endAsync();
    await restart();
    await publish('sensor/a/temperature', '2');
    for (const clientId of ['qos-0', 'removed', 'cleaned']) {
      expect((await come(clientId, 0)).filter((message) => message.endsWith('2'))).toEqual([]);
    }
  });

  test('a refused subscription of a session is not kept', async () => {
    const options = { authenticate: () => Promise.resolve({ name: 'esp', role: 'device' as const }) };
    await restart(options);
    const client = await rig!.connect({ clientId: 'esp', clean: false });
    await expect(client.subscribeAsync(['sensor/esp/config', '#'], { qos: 1 })).rejects.toThrow();
    await client.endAsync();
    await restart(options);
    await rig!.transport.publish({ topic: 'sensor/other/config', payload: 'x', qos: 1 });
    await rig!.transport.publish({ topic: 'sensor/esp/config', payload: 'y', qos: 1 });
    expect(await come('esp', 1)).toEqual(['sensor/esp/config y']);
  });

  test('a QoS 2 message is delivered and handed on once, also when PUBREC was lost', async () => {
    await restart();
    await sleeper('sleeper', 'sensor/#', 2);
    const client = await rig!.connect({ clientId: 'publisher', clean: false });
    await client.publishAsync('sensor/a/temperature', '1', { qos: 2 });
    await restart();
    expect(await come('sleeper', 1)).toEqual(['sensor/a/temperature 1']);
    expect(await come('sleeper', 0)).toEqual([]);
  });
});

describe('order', () => {
  test('what has to be kept first is not lost to those who are here when something else overtakes it', async () => {
    await restart();
    await sleeper('sleeper', 'sensor/kept/+');
    const seen: string[] = [];
    const live = await rig!.connect({}, (topic, payload) => seen.push(`${topic} ${payload.toString()}`));
    await live.subscribeAsync(['sensor/#', 'sensor/kept/+'], { qos: 1 });
    const [keeping, quick] = [await rig!.connect(), await rig!.connect()];
    const all: Promise<unknown>[] = [];
    for (let n = 0; n < 300; n++) {
      all.push(keeping.publishAsync('sensor/kept/x', String(n), { qos: 1, retain: n % 2 === 0 }));
      quick.publish('sensor/quick/x', String(n), { qos: 0 });
    }
    await Promise.all(all);
    await until(() => seen.length >= 600, `all messages, ${seen.length} came`);
    await settleDown();
    const numbers = Array.from({ length: 300 }, (_, n) => n);
    for (const kind of ['kept', 'quick']) {
      expect(seen.filter((message) => message.includes(kind))).toEqual(numbers.map((n) => `sensor/${kind}/x ${n}`));
    }
    expect(await come('sleeper', 300)).toEqual(numbers.map((n) => `sensor/kept/x ${n}`));
  });

  test('what comes while a session goes is there when it is back', async () => {
    await restart();
    const publisher = await rig!.connect();
    const seen = new Set<string>();
    for (let n = 0; n < 20; n++) {
      const client = await rig!.connect({ clientId: 'sleeper', clean: false }, (_topic, payload) => {
        seen.add(payload.toString());
      });
      await client.subscribeAsync('sensor/#', { qos: 1 });
      const all = Array.from({ length: 20 }, (_, m) =>
        publisher.publishAsync('sensor/a/temperature', `${n}.${m}`, { qos: 1 }),
      );
      // Of some of them the acknowledgement is still on its way.
      if (n % 2 === 0) client.stream.destroy();
      else await client.endAsync();
      await Promise.all(all);
    }
    await rig!.connect({ clientId: 'sleeper', clean: false }, (_topic, payload) => void seen.add(payload.toString()));
    await until(() => seen.size === 400, 'all messages').catch(() => undefined);
    expect(seen.size).toBe(400);
  });
});

describe('wills', () => {
  const will = (id: string) => ({
    topic: `sensor/${id}/status`,
    payload: Buffer.from('offline'),
    qos: 1 as const,
    retain: true,
  });

  test('of those who were connected when the broker ended are carried out at the next start, once', async () => {
    await restart();
    await sleeper('watcher', 'sensor/+/status');
    const device = await rig!.connect({ clientId: 'a', will: will('a') });
    await device.publishAsync('sensor/a/status', 'online', { qos: 1, retain: true });
    await (await rig!.connect({ clientId: 'b', will: will('b') })).endAsync();
    await restart();
    await until(() => rig!.received.length === 1, 'the will as a delivery');
    expect(rig!.received.map((delivery) => `${delivery.topic} ${text(delivery)}`)).toEqual(['sensor/a/status offline']);
    expect(await retained('sensor/+/status', 1)).toEqual(['sensor/a/status offline']);
    expect(await come('watcher', 2)).toEqual(['sensor/a/status online', 'sensor/a/status offline']);
    await restart();
    await settleDown();
    expect(rig!.received).toEqual([]);
  });

  test('come before what their clients say when they are back, and stay until they are durable', async () => {
    await restart();
    await rig!.connect({ clientId: 'a', will: will('a') });
    // Delivered and never acknowledged: the process ends once more.
    await restart({ onDelivery: () => undefined });
    await until(() => rig!.received.length === 1, 'the will');
    await restart({ onDelivery: () => undefined });
    const device = await rig!.connect({ clientId: 'a' });
    const said = device.publishAsync('sensor/a/status', 'online', { qos: 1, retain: true });
    await until(() => rig!.received.length === 2, 'will and status');
    for (const delivery of rig!.received) delivery.ack(receipt);
    await said;
    expect(rig!.received.map(text)).toEqual(['offline', 'online']);
    await settleDown();
    expect(await retained('sensor/+/status', 1)).toEqual(['sensor/a/status online']);
    await restart();
    await settleDown();
    expect(rig!.received.map(text)).toEqual([]);
  });
});

describe('sessions that do not come back', () => {
  test('end after seven days, with what was kept for them', async () => {
    const clock = manualClock(1_700_000_000_000);
    await restart({ context: { clock } });
    await sleeper('gone', 'sensor/#');
    await sleeper('regular', 'sensor/#');
    await publish('sensor/a/temperature', '1');
    await clock.advance(6 * 86_400_000);
    expect(await come('regular', 1)).toEqual(['sensor/a/temperature 1']);
    await restart({ context: { clock } });
    await clock.advance(1.5 * 86_400_000);
    await until(() => rig!.counts.get('broker_expired_sessions_total') === 1, 'one session ended');
    await publish('sensor/a/temperature', '2');
    expect(await come('gone', 0)).toEqual([]);
    expect(await come('regular', 1)).toEqual(['sensor/a/temperature 2']);
  });

  test('are not more than agreed: the one that has been away longest ends', async () => {
    await restart({ maxSessions: 2 });
    for (const clientId of ['first', 'second']) await sleeper(clientId, 'sensor/#');
    await come('first', 0);
    await sleeper('third', 'sensor/#');
    await publish('sensor/a/temperature', '1');
    await restart({ maxSessions: 2 });
    expect(await come('second', 0)).toEqual([]);
    expect(await come('first', 1)).toHaveLength(1);
    expect(await come('third', 1)).toHaveLength(1);
  });
});

describe('the folder', () => {
  const errors: string[] = [];
  const logger = { ...silentLogger, error: (message: string) => void errors.push(message) };
  const SET_ASIDE = 'what the broker kept cannot be read: set aside, retained messages and sessions begin anew';
  beforeEach(() => void errors.splice(0));

  const aside = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.includes('.set-aside-'));

  test.each(['CURRENT', 'MANIFEST'])(
    'with a damaged %s is set aside, and the broker goes on with an empty one',
    async (kind) => {
      await restart();
      await publish('sensor/a/temperature', '1');
      await rig!.stop();
      rig = undefined;
      const name = (await readdir(directory)).find((file) => file.startsWith(kind))!;
      await writeFile(join(directory, name), 'garbage');
      await restart({ context: { logger } });
      await publish('sensor/a/temperature', '1');
      expect(errors).toEqual([SET_ASIDE]);
      expect(await aside()).toHaveLength(1);
      // No crash loop, and nothing set aside twice.
      await restart({ context: { logger } });
      expect(await aside()).toHaveLength(1);
    },
  );

  test('of another format, or a file in its place, is set aside as it is', async () => {
    await writeFile(directory, 'a file');
    await restart({ context: { logger } });
    const [name = ''] = await aside();
    expect(await readFile(join(folder, name), 'utf8')).toBe('a file');
    expect(errors).toEqual([SET_ASIDE]);
  });

  test('that cannot be written is what health says, until it can be', async () => {
    const inTheWay = directory;
    directory = join(inTheWay, 'broker');
    await writeFile(inTheWay, 'a file');
    const clock = manualClock(0);
    await restart({ context: { clock, logger } });
    expect(rig!.transport.health!()).toMatchObject({
      ok: false,
      reason: expect.stringContaining(`cannot write to ${directory} (`) as string,
    });
    await rm(inTheWay);
    await mkdir(inTheWay);
    await clock.advance(1_000);
    await expect.poll(() => rig!.transport.health!()).toEqual({ ok: true });
  });

  test('in use by another process is an error that names it', async () => {
    await restart();
    await expect(brokerTransport({ port: 0, persistence: { directory } }).open(defaultContext())).rejects.toMatchObject(
      {
        code: 'E_CONFIG',
        message: `E_CONFIG: ${directory} is in use by another process: stop it, or choose another folder with --data-dir`,
      },
    );
  });
});
