import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { generate, parser, type Packet } from 'mqtt-packet';
import { afterEach, expect, test } from 'vitest';
import type { LouverError } from '@louver/core';
import type { SimulatedMessage } from '@louver/device-esp32';
import { brokerAccess } from '../../src/cli/client-connection.js';
import { DeviceLink, LINK_TICK_MS } from '../../src/simulator/device-link.js';
import { DialQueue } from '../../src/simulator/dial-queue.js';
import { until } from '../cli/support.js';

/** A broker that says what it is told to say, and what it heard. */
interface Peer {
  readonly url: string;
  readonly heard: Packet[];
  readonly sockets: Socket[];
}

const servers: Server[] = [];
const links: DeviceLink[] = [];
afterEach(async () => {
  await Promise.all(links.splice(0).map((link) => link.close()));
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

const ANSWERS: Partial<Record<Packet['cmd'], (packet: Packet) => Packet>> = {
  connect: () => ({ cmd: 'connack', returnCode: 0, sessionPresent: false }),
  subscribe: ({ messageId }) => ({ cmd: 'suback', messageId: messageId!, granted: [1] }),
  publish: ({ messageId }) => ({ cmd: 'puback', messageId: messageId! }),
  pingreq: () => ({ cmd: 'pingresp' }),
};

async function peer(answers: typeof ANSWERS = ANSWERS): Promise<Peer> {
  const heard: Packet[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    const reader = parser();
    reader.on('packet', (packet) => {
      heard.push(packet);
      if (packet.cmd === 'disconnect') socket.end();
      const answer = answers[packet.cmd]?.(packet);
      if (answer !== undefined) socket.write(generate(answer));
    });
    socket.on('data', (chunk) => reader.parse(chunk));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, heard, sockets };
}

async function linkTo(url: string, dials = new DialQueue(1)) {
  const lost: LouverError[] = [];
  const acknowledged: string[] = [];
  let nowMs = 0;
  let repeats = 0;
  let connections = 0;
  const link = new DeviceLink({
    access: await brokerAccess({ url }),
    clientId: 'a',
    will: { topic: 'sensor/a/status', payload: 'offline' },
    subscriptions: ['window/a/control'],
    dials,
    monotonicMs: () => nowMs,
    random: () => 0.5,
    events: {
      connected: () => void connections++,
      message: () => undefined,
      lost: (reason) => void lost.push(reason),
      sent: () => undefined,
      repeated: () => void repeats++,
      acknowledged: ({ payload }) => void acknowledged.push(String(payload)),
    },
  });
  links.push(link);
  return {
    ...{ link, lost, acknowledged },
    connections: () => connections,
    repeats: () => repeats,
    /** So long it is looked after as it should be. */
    pass(ms: number): void {
      for (const endMs = nowMs + ms; nowMs < endMs;) {
        nowMs += LINK_TICK_MS;
        link.tick();
      }
    },
    /** So long the process does not run. */
    stall: (ms: number) => void (nowMs += ms),
  };
}

const message = (payload: string): SimulatedMessage => ({ topic: 'sensor/a/temperature', payload, qos: 1, retain: false }); // prettier-ignore
const published = ({ heard }: Peer) => heard.filter((packet) => packet.cmd === 'publish');

test('a message is sent again with DUP until it is acknowledged, also over another connection', async () => {
  let isDeaf = true;
  const broker = await peer({ ...ANSWERS, publish: (packet) => (isDeaf ? undefined : ANSWERS.publish!(packet))! });
  const { link, pass, acknowledged, repeats, lost } = await linkTo(broker.url);
  link.start();
  const sent = link.publish(message('1'));
  await until(() => published(broker).length === 1, 'sent');
  isDeaf = false;
  link.cut();
  await until(() => lost.length === 1, 'cut');
  expect([link.isUp, acknowledged]).toEqual([false, []]);
  pass(2_000);
  await sent;
  expect(published(broker).map(({ messageId, dup, payload }) => [messageId, dup, String(payload)])).toEqual([
    [2, false, '1'],
    [2, true, '1'],
  ]);
  expect([acknowledged, repeats(), broker.sockets.length]).toEqual([['1'], 1, 2]);
});

test('a duplicate has a packet id of its own, and both want to be acknowledged', async () => {
  const broker = await peer();
  const { link, acknowledged, repeats } = await linkTo(broker.url);
  link.start();
  await link.publish(message('1'), 2);
  await link.publish(message('2'));
  expect(published(broker).map(({ messageId, dup }) => [messageId, dup])).toEqual([
    [2, false],
    [3, true],
    [4, false],
  ]);
  expect([acknowledged, repeats()]).toEqual([['1', '2'], 1]);
});

test('who does not answer is given up after ten seconds, but not for time in which nobody looked', async () => {
  const broker = await peer({});
  const { link, lost, pass, stall } = await linkTo(broker.url);
  link.start();
  await until(() => broker.heard.length === 1, 'CONNECT');
  stall(60_000);
  pass(9_000);
  expect(lost).toEqual([]);
  pass(1_000);
  await until(() => lost.length === 1, 'given up');
  expect(lost[0]!.message).toMatch(/^E_TRANSPORT: 127\.0\.0\.1:\d+ cannot be reached \(ETIMEDOUT\)/);
  expect(lost[0]!.retryable).toBe(true);
});

test('quiet for long it asks whether the broker is there, and leaves when no answer comes', async () => {
  let isThere = true;
  const broker = await peer({ ...ANSWERS, pingreq: (packet) => (isThere ? ANSWERS.pingreq!(packet) : undefined)! });
  const { link, lost, pass, connections } = await linkTo(broker.url);
  const pings = () => broker.heard.filter(({ cmd }) => cmd === 'pingreq').length;
  link.start();
  await until(() => link.isUp, 'connected');
  pass(42_000);
  await until(() => pings() === 1, 'asked');
  isThere = false;
  // Acknowledged after the ping's answer, so that one has been read.
  await link.publish(message('1'));
  pass(42_000);
  await until(() => pings() === 2, 'asked again');
  pass(42_000);
  await until(() => lost.length === 1, 'given up');
  isThere = true;
  pass(2_000);
  await until(() => connections() === 2, 'connected again');
});

test('others dial while one waits to try again, and when one is closed before its turn', async () => {
  const dials = new DialQueue(1);
  const deaf = await peer({});
  const broker = await peer();
  const [first, second, third] = [
    await linkTo(deaf.url, dials),
    await linkTo(broker.url, dials),
    await linkTo(broker.url, dials),
  ];
  for (const { link } of [first, second, third]) link.start();
  await until(() => deaf.heard.length === 1, 'the first dials');
  expect(broker.sockets).toHaveLength(0);
  await second.link.close();
  first.pass(10_000);
  await until(() => third.link.isUp, 'the third is connected');
  expect([first.lost.length, second.connections(), broker.sockets.length]).toEqual([1, 0, 1]);
});

test('a refused subscription or user is for good; what is no MQTT is not', async () => {
  const refusing = await peer({ ...ANSWERS, subscribe: ({ messageId }) => ({ cmd: 'suback', messageId: messageId!, granted: [128] }) }); // prettier-ignore
  const strict = await peer({ connect: () => ({ cmd: 'connack', returnCode: 5, sessionPresent: false }) });
  const other = createServer((socket) => void socket.resume().end('SSH-2.0-OpenSSH\r\n')).listen(0, '127.0.0.1');
  servers.push(other);
  await new Promise((resolve) => other.once('listening', resolve));
  const cases = [
    [refusing.url, /refuses the subscription to window\/a\/control$/, false],
    [strict.url, /wants to know who connects/, false],
    [`mqtt://127.0.0.1:${(other.address() as AddressInfo).port}`, /127\.0\.0\.1:\d+/, true],
  ] as const;
  for (const [url, why, retryable] of cases) {
    const { link, lost } = await linkTo(url);
    link.start();
    await until(() => lost.length === 1, url);
    expect(lost[0]!.message).toMatch(why);
    expect(lost[0]!.retryable).toBe(retryable);
    expect(link.isUp).toBe(false);
  }
});

test('it leaves in order, and what was not acknowledged is said to be lost', async () => {
  const broker = await peer({ connect: ANSWERS.connect!, subscribe: ANSWERS.subscribe! });
  const { link } = await linkTo(broker.url);
  link.start();
  await until(() => link.isUp, 'connected');
  const sent = link.publish(message('1'));
  await until(() => published(broker).length === 1, 'sent');
  await Promise.all([link.close(), expect(sent).rejects.toMatchObject({ code: 'E_TRANSPORT' })]);
  expect(broker.heard.map(({ cmd }) => cmd)).toEqual(['connect', 'subscribe', 'publish', 'unsubscribe', 'disconnect']);
  await expect(link.publish(message('2'))).rejects.toMatchObject({ code: 'E_TRANSPORT' });
});
