import type { StorageAdapter } from '../../storage.js';
import type { ScalarRow } from '../../tables.js';
import { expectSame, expectTrue, louverError } from './expect.js';
import { scalarRow, T0 } from '../sample-rows.js';
import { expectStored, keyOf } from './samples.js';
import type { CaseSpec } from './stage.js';

const TABLE = 'sensor_temperature';

/** What the pipeline does with a batch that is in doubt. */
async function writeMissing(storage: StorageAdapter, rows: readonly ScalarRow[]): Promise<number> {
  const found = await storage.present!(
    TABLE,
    rows.map((row) => keyOf(TABLE, row)),
  );
  const missing = rows.filter((_, i) => !found[i]);
  if (missing.length > 0) await storage.write(TABLE, missing);
  return missing.length;
}

/** Whether the write was stored; rejecting is only allowed as in doubt. */
async function wasResolved(writing: Promise<unknown>, what: string): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    louverError(error, ['E_STORAGE_UNAVAILABLE'], what);
    return false;
  }
}

export const giveUpCases: readonly CaseSpec[] = [
  {
    name: 'retry: of a batch in doubt, what present() tells missing is written, and every row is there once',
    needs: ['lookup'],
    async run(stage) {
      const storage = await stage.opened();
      const rows = Array.from({ length: 300 }, (_, i) => scalarRow({ device_id: `dev-${i % 7}`, timestamp: T0 + i }));
      await storage.write(
        TABLE,
        rows.filter((_, i) => i % 3 === 0),
      );
      expectSame(await writeMissing(storage, rows), 200, 'rows of the first retry');
      expectSame(await writeMissing(storage, rows), 0, 'rows of the second retry');
      await expectStored(storage, TABLE, rows, 'after retries');
    },
  },
  {
    name: 'retry: after a restart present() tells the same',
    needs: ['lookup', 'durable'],
    async run(stage) {
      const before = await stage.opened();
      const rows = Array.from({ length: 40 }, (_, i) => scalarRow({ timestamp: T0 + i }));
      await before.write(TABLE, rows.slice(0, 25));
      const storage = await stage.restarted();
      expectSame(await writeMissing(storage, rows), 15, 'rows of the retry after a restart');
      const again = await stage.restarted();
      expectSame(await writeMissing(again, rows), 0, 'rows of another retry after another restart');
      await expectStored(again, TABLE, rows, 'after retries');
    },
  },
  {
    name: 'giving up: a write whose signal is aborted already is stored whole or in doubt',
    needs: ['sight'],
    async run(stage) {
      const storage = await stage.opened();
      const rows = [scalarRow(), scalarRow({ timestamp: T0 + 1 })];
      const writing = storage.write(TABLE, rows, { signal: AbortSignal.abort() });
      if (!(await wasResolved(writing, 'a write with an aborted signal')) && storage.present !== undefined) {
        await writeMissing(storage, rows);
      } else if (storage.supports.lookup) {
        expectSame(await writeMissing(storage, rows), 0, 'rows missing after the write had been resolved');
      } else return;
      await expectStored(storage, TABLE, rows, 'after a write that was given up');
    },
  },
  {
    name: 'giving up: a write that is given up on its way is stored whole or in doubt, and its retry makes it whole',
    needs: ['lookup'],
    async run(stage) {
      const storage = await stage.opened();
      const all: ScalarRow[] = [];
      for (let turns = 0; turns < 12; turns++) {
        const rows = Array.from({ length: 500 }, () => scalarRow({ timestamp: T0 + all.length, value: turns }));
        all.push(...rows);
        const giving = new AbortController();
        const writing = wasResolved(storage.write(TABLE, rows, { signal: giving.signal }), 'a write on its way');
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        giving.abort();
        const isStored = await writing;
        const missing = await writeMissing(storage, rows);
        expectTrue(!isStored || missing === 0, `${missing} rows missing after their write had been resolved`);
      }
      await expectStored(storage, TABLE, all, 'after writes that were given up');
    },
  },
  {
    name: 'giving up: a look-up that is given up is exact, or fails as retryable',
    needs: ['lookup'],
    async run(stage) {
      const storage = await stage.opened();
      const [here, absent] = [scalarRow(), scalarRow()];
      await storage.write(TABLE, [here]);
      const keys = [here, absent, here].map((row) => keyOf(TABLE, row));
      try {
        const found = await storage.present!(TABLE, keys, AbortSignal.abort());
        expectSame(found, [true, false, true], 'present() with an aborted signal');
      } catch (error) {
        louverError(error, ['E_STORAGE_UNAVAILABLE'], 'present() with an aborted signal');
      }
      expectSame(await storage.present!(TABLE, keys), [true, false, true], 'present() afterwards');
    },
  },
];
