import { createServer, type AddressInfo } from 'node:net';
import {
  createPipeline,
  deadband,
  defaultContext,
  memoryStorage,
  memoryTransport,
  type StorageAdapter,
  type Transport,
} from '@louver/core';
import {
  everyCrashPoint,
  faultyStorage,
  incarnation,
  manualClock,
  obligationsLedger,
  tcpFaults,
  type Incarnation,
} from '@louver/core/testkit';
import { esp32Codec } from '@louver/device-esp32';
import { expect, onTestFinished, test } from 'vitest';

/** There to try; put the storage that you have made here. */
const yourStorage = memoryStorage;

test('an outage loses nothing and doubles nothing', async () => {
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const database = yourStorage();
  const storage = faultyStorage(database, { clock });
  const transport = memoryTransport();
  const pipeline = createPipeline({
    transport,
    codec: esp32Codec(),
    storage,
    detector: deadband({ temperature: 0.5 }),
    context: { clock },
  });
  await pipeline.open();

  const ledger = obligationsLedger<number>({ clock });
  const send = async (value: number): Promise<void> => {
    ledger.sent(value);
    const timestamp = new Date(clock.now()).toISOString();
    await transport.inject('sensor/kitchen/temperature', JSON.stringify({ value, timestamp }));
    ledger.acknowledge(value);
  };
  storage.fail({ on: 'write', how: 'refuse', when: 'after', times: 3 });
  storage.fail({ on: 'present', how: 'slow', delayMs: 700 });
  const sending = Array.from({ length: 20 }, (_, value) => send(value));
  await clock.advance(20_000);
  storage.mend();
  await clock.advance(5_000);
  await Promise.all(sending);

  const stored = database.rows('sensor_temperature').map(({ value }) => value);
  const verdict = ledger.check(stored);
  expect(verdict.ok, verdict.summary).toBe(true);
  expect(storage.calls('write')).toBeGreaterThan(3);
  await pipeline.close();
});

/** One life of your service over what outlives it. The sender sends again what was not acknowledged. */
async function live(life: Incarnation, database: StorageAdapter, unsent: Set<number>): Promise<void> {
  const broker = memoryTransport();
  const pipeline = createPipeline({
    transport: life.transport(broker),
    codec: esp32Codec(),
    storage: life.storage(database),
    detector: deadband({ temperature: 0.5 }),
  });
  await life.live(async () => {
    await pipeline.open();
    const sent = [...unsent].map(async (value) => {
      const timestamp = new Date(1_700_000_000_000 + value).toISOString();
      await broker.inject('sensor/kitchen/temperature', JSON.stringify({ value, timestamp }));
      unsent.delete(value);
    });
    await pipeline.idle();
    await pipeline.drain();
    await Promise.all(sent);
    await pipeline.close();
  });
}

test('wherever it dies, one row each', async () => {
  const points = await everyCrashPoint((life) => live(life, yourStorage(), new Set([1, 2, 3])));
  for (const point of points) {
    const database = yourStorage();
    await database.open(defaultContext());
    const unsent = new Set([1, 2, 3]);
    await live(point.incarnation(), database, unsent);
    await live(incarnation(), database, unsent);
    const values = database.rows('sensor_temperature').map(({ value }) => value);
    expect(values.sort(), point.name).toEqual([1, 2, 3]);
  }
});

/** In place of yours: a transport that says its health by whether it reaches a port. */
function yourTransport(url: string): Pick<Transport, 'health'> & { ask(): Promise<boolean> } {
  const reach = (): Promise<boolean> =>
    fetch(url).then(
      () => true,
      () => false,
    );
  let ok = false;
  return {
    health: () => (ok ? { ok } : { ok: false, reason: 'away' }),
    ask: async () => (ok = await reach()),
  };
}

/** In place of your broker. */
async function brokerPort(): Promise<number> {
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';
  const server = createServer((socket) => socket.once('data', () => socket.end(answer)).on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('says when its broker is away, and comes back', async () => {
  const network = await tcpFaults({ port: await brokerPort() });
  onTestFinished(() => network.close());
  const transport = yourTransport(`http://${network.host}:${network.port}`);
  await transport.ask();
  expect(transport.health!()).toEqual({ ok: true });

  await network.refuse();
  await transport.ask();
  expect(transport.health!()).toMatchObject({ ok: false });

  await network.mend();
  network.cutAfter({ toClient: 10 });
  await transport.ask();
  expect(transport.health!()).toMatchObject({ ok: false });

  await network.mend();
  await transport.ask();
  expect(transport.health!()).toEqual({ ok: true });
});
