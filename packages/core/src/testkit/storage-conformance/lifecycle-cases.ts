import { defaultContext } from '../../component.js';
import type { StorageAdapter } from '../../storage.js';
import type { StorageReader } from '../../storage-reader.js';
import { expectRejection, expectSame, expectTrue, louverError, readAll, underWay } from './expect.js';
import { scalarRow, T0 } from '../sample-rows.js';
import { expectStored, keyOf } from './samples.js';
import { readerOf, type CaseSpec } from './stage.js';

const RANGE = { deviceId: 'dev', limit: 1 };
const SPAN = { deviceId: 'dev', fromMs: 0, toMs: 1, intervalMs: 1, aggregation: 'mean' } as const;

/** Every way to ask a reader. */
const QUESTIONS: Readonly<Record<keyof StorageReader, (reader: StorageReader) => Promise<unknown>>> = {
  devices: (reader) => reader.devices(),
  latest: (reader) => reader.latest(),
  readings: (reader) => reader.readings('temperature', RANGE),
  recordings: (reader) => reader.recordings(RANGE),
  actions: (reader) => reader.actions(RANGE),
  predictions: (reader) => reader.predictions(RANGE),
  deadLetters: (reader) => reader.deadLetters({ limit: 1 }),
  newestMs: (reader) => reader.newestMs(),
  lastRecordings: (reader) => reader.lastRecordings(0),
  lastActions: (reader) => reader.lastActions(),
  history: (reader) => readAll(reader.history('temperature', SPAN)),
  features: (reader) => readAll(reader.features({ deviceId: 'dev', columns: [] })),
  rows: (reader) => readAll(reader.rows('sensor_temperature', {})),
};

async function expectRefused(storage: StorageAdapter, when: string): Promise<void> {
  const refused = (name: string, call: () => Promise<unknown>): Promise<unknown> =>
    expectRejection(call, ['E_NOT_OPEN'], `${name} ${when}`);
  await refused('write()', async () => storage.write('sensor_temperature', [scalarRow()]));
  const { present, reader } = storage;
  if (present !== undefined) {
    const keys = [keyOf('sensor_temperature', scalarRow())];
    await refused('present()', async () => present.call(storage, 'sensor_temperature', keys));
  }
  if (reader === undefined) return;
  for (const [name, ask] of Object.entries(QUESTIONS)) {
    await refused(`reader.${name}()`, async () => ask(reader));
  }
}

/** Turns of the microtask queue: what has settled is known to its caller after them. */
async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

export const lifecycleCases: readonly CaseSpec[] = [
  {
    name: 'lifecycle: declares what it has',
    async run(stage) {
      const storage = stage.closed();
      expectTrue(typeof storage.name === 'string' && storage.name !== '', 'name: expected some text');
      const { durable, lookup } = storage.supports;
      expectSame([typeof durable, typeof lookup], ['boolean', 'boolean'], 'types of supports.durable and .lookup');
      expectSame(typeof storage.present === 'function', lookup, 'present() is there, compared with supports.lookup');
      if (storage.reader === undefined) return;
      const missing = Object.keys(QUESTIONS).filter((name) => !(name in storage.reader!));
      expectSame(missing, [], 'methods that reader lacks');
    },
  },
  {
    name: 'lifecycle: before open and after close every call is refused with E_NOT_OPEN',
    async run(stage) {
      const storage = stage.closed();
      await expectRefused(storage, 'before open()');
      await storage.open(defaultContext());
      await storage.write('sensor_temperature', [scalarRow()]);
      await storage.close();
      await expectRefused(storage, 'after close()');
    },
  },
  {
    name: 'lifecycle: is well once it is open',
    async run(stage) {
      const storage = await stage.opened();
      expectSame(storage.health?.() ?? { ok: true }, { ok: true }, 'health() after open()');
      await storage.write('sensor_temperature', [scalarRow()]);
      expectSame(storage.health?.() ?? { ok: true }, { ok: true }, 'health() after a write');
    },
  },
  {
    name: 'lifecycle: one that can be asked whether it works says so without a trace, also while it writes',
    async run(stage) {
      const storage = await stage.opened();
      if (storage.check === undefined) return;
      const { signal } = new AbortController();
      const row = scalarRow();
      await storage.check(signal);
      await Promise.all([storage.write('sensor_temperature', [row]), storage.check(signal)]);
      await storage.check(signal);
      await expectStored(storage, 'sensor_temperature', [row], 'asked whether it works');
      expectSame(storage.health?.() ?? { ok: true }, { ok: true }, 'health() after check()');
    },
  },
  {
    name: 'lifecycle: open while it is open changes nothing',
    async run(stage) {
      const storage = await stage.opened();
      const rows = [scalarRow(), scalarRow({ timestamp: T0 + 1 })];
      await storage.write('sensor_temperature', [rows[0]!]);
      await storage.open(defaultContext());
      await storage.write('sensor_temperature', [rows[1]!]);
      await expectStored(storage, 'sensor_temperature', rows, 'opened twice');
      await storage.close();
      await expectRefused(storage, 'after two open() and one close()');
    },
  },
  {
    name: 'lifecycle: close is idempotent, also before open',
    async run(stage) {
      const never = stage.closed();
      await never.close();
      await never.close();
      const storage = await stage.opened();
      await Promise.all([storage.close(), storage.close()]);
      await storage.close();
    },
  },
  {
    name: 'lifecycle: close waits for a write in flight',
    async run(stage) {
      const storage = await stage.opened();
      const rows = Array.from({ length: 5_000 }, (_, i) => scalarRow({ timestamp: T0 + i }));
      let outcome: 'stored' | 'failed' | undefined;
      const write = storage.write('sensor_temperature', rows).then(
        () => void (outcome = 'stored'),
        (error: unknown) => {
          outcome = 'failed';
          louverError(error, ['E_STORAGE_UNAVAILABLE'], 'a write during close()');
        },
      );
      const writing = underWay(write);
      await storage.close();
      await someTurns();
      expectTrue(outcome !== undefined, 'close() resolved while a write that began before it was going on');
      await writing;
      if (outcome === 'failed' || !storage.supports.durable) return;
      const again = await stage.restarted();
      await expectStored(again, 'sensor_temperature', rows, 'resolved during close()');
    },
  },
  {
    name: 'lifecycle: close waits for questions in flight',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      await storage.write('sensor_temperature', [scalarRow()]);
      let isOver = false;
      const question = readerOf(storage).readings('temperature', RANGE);
      const asking = underWay(question.finally(() => (isOver = true)));
      await storage.close();
      await someTurns();
      expectTrue(isOver, 'close() resolved while readings() that began before it was going on');
      expectSame((await asking).length, 1, 'readings() during close()');
    },
  },
  {
    name: 'lifecycle: close ends a stream that nobody reads on',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const rows = Array.from({ length: 20_000 }, (_, i) => scalarRow({ timestamp: T0 + i }));
      await storage.write('sensor_temperature', rows);
      const batches = readerOf(storage).rows('sensor_temperature', {})[Symbol.asyncIterator]();
      let found = 0;
      const next = async (): Promise<boolean> => {
        const { done, value } = await batches.next();
        if (done !== true) found += value.length;
        return done !== true;
      };
      await next();
      await storage.close();
      try {
        while (await next());
      } catch (error) {
        louverError(error, ['E_NOT_OPEN'], 'reading on after close()');
        return;
      }
      // What was handed out before may have been all.
      expectSame(found, rows.length, 'rows of a stream that ended well after close()');
    },
  },
];
