import { defaultContext, durableReceipt, memoryStorage, memoryTransport, type Delivery } from '@louver/core';
import { manualClock, obligationsLedger } from '@louver/core/testkit';
import { describe, expect, test } from 'vitest';
import { settled, START_MS } from '../support/rig.js';

describe('a pipeline with a fault of its own', () => {
  type Store = (id: number, delivery: Delivery) => Promise<void>;

  /** Message → row → acknowledgement, as `store` does it, for the numbers from 0 to `count`. */
  async function run(mutant: (store: (id: number) => Promise<void>) => Store, count = 20) {
    const context = defaultContext({ clock: manualClock(START_MS) });
    const storage = memoryStorage();
    const transport = memoryTransport();
    await storage.open(context);
    await transport.open(context);
    const insert = async (id: number): Promise<void> => {
      const sensor = { timestamp: START_MS, device_id: 'a', received_at: START_MS, time_source: 'device' } as const;
      const row = { ...sensor, device_timestamp: '', message_id: `${id}`, value: id };
      await storage.write('sensor_temperature', [row]);
    };
    const store = mutant(insert);
    const stop = new AbortController();
    const running = (async () => {
      for await (const batch of transport.receive(['#'], { maxUnsettled: 4, signal: stop.signal })) {
        for (const delivery of batch) await store(Number(Buffer.from(delivery.payload).toString()), delivery);
      }
    })();
    const ledger = obligationsLedger<number>();
    for (let id = 0; id < count; id++) {
      ledger.sent(id);
      await Promise.race([transport.inject('t', String(id)).then(() => ledger.acknowledge(id)), settled()]);
    }
    stop.abort();
    await running;
    return ledger.check(storage.rows('sensor_temperature').map(({ value }) => value));
  }

  const receipt = durableReceipt('storage', START_MS);

  test('a sound one', async () => {
    const verdict = await run((insert) => async (id, delivery) => {
      await insert(id);
      delivery.ack(receipt);
    });
    expect(verdict).toMatchObject({ ok: true, missing: [], doubled: [], foreign: [] });
    expect(verdict.summary).toBe('20 acknowledged of 20 sent, 0 missing, 0 doubled, 0 foreign');
  });

  test('one that acknowledges early and then fails', async () => {
    const verdict = await run((insert) => async (id, delivery) => {
      delivery.ack(receipt);
      if (id % 7 !== 3) await insert(id);
    });
    expect(verdict).toMatchObject({ ok: false, missing: [3, 10, 17], doubled: [], foreign: [] });
    expect(verdict.summary).toBe('20 acknowledged of 20 sent, 3 missing, 0 doubled, 0 foreign');
  });

  test('one that fails before it acknowledges owes nothing', async () => {
    const verdict = await run(
      (insert) => async (id, delivery) => {
        if (id % 7 === 3) return;
        await insert(id);
        delivery.ack(receipt);
      },
      10,
    );
    expect(verdict).toMatchObject({ ok: true, summary: '9 acknowledged of 10 sent, 0 missing, 0 doubled, 0 foreign' });
  });

  test('one that inserts twice', async () => {
    const verdict = await run(
      (insert) => async (id, delivery) => {
        for (let i = 0; i < 1 + (id % 3); i++) await insert(id);
        delivery.ack(receipt);
      },
      6,
    );
    expect(verdict).toMatchObject({ ok: false, missing: [], doubled: [1, 2, 4, 5], foreign: [] });
  });

  test('one that makes rows up', async () => {
    const verdict = await run((insert) => async (id, delivery) => {
      await insert(id);
      if (id === 5) await insert(1_000_005);
      delivery.ack(receipt);
    });
    expect(verdict).toMatchObject({ ok: false, missing: [], doubled: [], foreign: [1_000_005] });
  });
});

describe('a fresh reading', () => {
  async function fresh(storedAtMs: number) {
    const clock = manualClock(START_MS);
    const ledger = obligationsLedger<string>({ clock });
    const measured = ledger.fresh({
      id: 'new',
      send: () => clock.sleep(300),
      isStored: () => clock.now() - START_MS >= storedAtMs,
      withinMs: 2000,
    });
    await clock.advance(5000);
    return { found: await measured, verdict: ledger.check(storedAtMs < 2000 ? ['new'] : []) };
  }

  test('how long it took', async () => {
    const { found, verdict } = await fresh(700);
    expect(found).toEqual({ id: 'new', storedAfterMs: 700 });
    expect(verdict).toMatchObject({ ok: true, fresh: { id: 'new', storedAfterMs: 700 } });
    expect(verdict.summary).toContain('fresh after 700 ms');
  });

  test('that does not come in time is no success', async () => {
    const { found, verdict } = await fresh(3000);
    expect(found).toEqual({ id: 'new', storedAfterMs: undefined });
    expect(verdict).toMatchObject({ ok: false, missing: ['new'] });
    expect(verdict.summary).toContain('fresh after ∞ ms');
  });
});

describe('what proves nothing', () => {
  test('nothing sent: not ok, and says why', () => {
    const verdict = obligationsLedger<number>().check([]);
    expect(verdict).toMatchObject({ ok: false, missing: [], doubled: [], foreign: [] });
    expect(verdict.summary).toContain('nothing was sent or acknowledged: the check proves nothing');
  });

  test('everything missing: asks whether anybody listens; one that is there takes the hint away', () => {
    const ledger = obligationsLedger<number>();
    for (const id of [1, 2, 3]) ledger.acknowledge(id);
    expect(ledger.check([]).summary).toMatch(
      /3 missing.*none of them is stored: is anything subscribed to their topics/,
    );
    expect(ledger.check([2]).summary).toBe('3 acknowledged of 3 sent, 2 missing, 0 doubled, 0 foreign');
  });
});

test('what is open is what a sender sends again; a verdict leaves no trace', () => {
  const ledger = obligationsLedger<string | number>();
  for (const id of ['a', 'b', 1, 2.5, -3, 2 ** 50]) ledger.sent(id);
  for (const id of ['a', 1, 2.5]) ledger.acknowledge(id);
  expect([...ledger.open()]).toEqual(['b', -3, 2 ** 50]);
  expect([ledger.isAcknowledged('a'), ledger.isAcknowledged('b'), ledger.isAcknowledged('c')]).toEqual([
    true,
    false,
    false,
  ]);
  const stored = ['a', 'b', 'b', 1, 1, 'x'];
  const expected = { missing: [2.5], doubled: ['b', 1], foreign: ['x'] };
  expect(ledger.check(stored)).toMatchObject(expected);
  expect(ledger.check(stored)).toMatchObject(expected);
  expect([ledger.sentCount, ledger.acknowledgedCount]).toEqual([6, 3]);
});

test('a million ids: numbers in a byte each', () => {
  const million = 1_000_000;
  const before = process.memoryUsage().arrayBuffers;
  const numbers = obligationsLedger<number>();
  for (let id = 0; id < million; id++) numbers.acknowledge(id);
  const found = numbers.check(
    (function* () {
      for (let id = 0; id < million; id++) if (id !== 765_432) yield id;
    })(),
  );
  expect(found.missing).toEqual([765_432]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * million);
  const names = obligationsLedger<string>();
  for (let id = 0; id < million; id++) names.acknowledge(`device-1:7:${id}`);
  expect(names.check([]).missing).toHaveLength(million);
});
