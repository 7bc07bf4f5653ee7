import { systemClock } from '../../clock.js';
import type { TableName, Tables } from '../../tables.js';
import { expectSame, expectSameRows, expectTrue, readAll, underWay } from './expect.js';
import { deadLetterRow, deviceRow, eventRow, quantityRow, scalarRow, T0 } from '../sample-rows.js';
import { expectStored, samplesOf, TABLE_NAMES } from './samples.js';
import { readerOf, type CaseSpec } from './stage.js';

/** One row of each table. */
async function writeEach(
  write: <T extends TableName>(table: T, rows: readonly Tables[T][]) => Promise<unknown>,
): Promise<ReadonlyMap<TableName, readonly never[]>> {
  const written = new Map<TableName, readonly never[]>();
  await Promise.all(
    TABLE_NAMES.map((table) => {
      const rows = samplesOf(table);
      written.set(table, rows);
      return write(table, rows);
    }),
  );
  return written;
}

export const writingCases: readonly CaseSpec[] = [
  {
    name: 'writing: the receipt says how durable the rows are, and when',
    async run(stage) {
      const storage = await stage.opened();
      const before = systemClock.now();
      const receipt = await storage.write('sensor_temperature', [scalarRow()]);
      const level = storage.supports.durable ? 'storage' : 'none';
      expectSame(receipt.level, level, `receipt.level with supports.durable ${storage.supports.durable}`);
      const isNow = receipt.atMs >= before && receipt.atMs <= systemClock.now();
      expectTrue(isNow, `receipt.atMs: found ${receipt.atMs}, expected the time of the clock of open()'s context`);
    },
  },
  {
    name: 'writing: no rows are stored at once',
    async run(stage) {
      const storage = await stage.opened();
      for (const table of TABLE_NAMES) {
        await storage.write(table, []);
        await expectStored(storage, table, [], 'no rows');
      }
    },
  },
  {
    name: 'writing: a row of every table, all at the same time',
    needs: ['sight'],
    async run(stage) {
      const storage = await stage.opened();
      const written = await writeEach((table, rows) => storage.write(table, rows));
      for (const [table, rows] of written) await expectStored(storage, table, rows, 'at the same time');
    },
  },
  {
    name: 'writing: batch after batch, every row once and in the table that it was written to',
    needs: ['sight'],
    async run(stage) {
      const storage = await stage.opened();
      // Three rows of each device and millisecond in a batch, and the same again in the next one.
      const [cold, warm, damp] = [0, 1, 2].map((batch) =>
        Array.from({ length: 30 }, (_, i) =>
          scalarRow({ device_id: `dev-${i % 2}`, timestamp: T0 + (i % 10), value: batch }),
        ),
      );
      await storage.write('sensor_temperature', cold!);
      await storage.write('sensor_humidity', damp!);
      await storage.write('sensor_temperature', warm!);
      await expectStored(storage, 'sensor_temperature', [...cold!, ...warm!], 'two batches');
      await expectStored(storage, 'sensor_humidity', damp!, 'the batch of another table');
    },
  },
  {
    name: 'writing: a batch of 25,000 rows is stored whole',
    needs: ['sight'],
    async run(stage) {
      const storage = await stage.opened();
      const rows = Array.from({ length: 25_000 }, (_, i) =>
        scalarRow({ device_id: `dev-${i % 40}`, timestamp: T0 + i, value: i }),
      );
      await storage.write('sensor_humidity', rows);
      await expectStored(storage, 'sensor_humidity', rows, 'a large batch');
    },
  },
  {
    name: 'writing: a batch over 130 months in any order is stored whole',
    needs: ['sight'],
    async run(stage) {
      const storage = await stage.opened();
      // 37 has no factor in common with 130: every month, in an order of its own.
      const rows = Array.from({ length: 260 }, (_, i) =>
        scalarRow({ timestamp: Date.UTC(2016, (i * 37) % 130, 28, 12) + i, value: i }),
      );
      await storage.write('sensor_temperature', rows);
      await expectStored(storage, 'sensor_temperature', rows, 'over months');
    },
  },
  {
    name: 'writing: texts of 2 MiB are stored whole',
    needs: ['sight'],
    async run(stage) {
      const storage = await stage.opened();
      const rows = Array.from({ length: 4 }, (_, i) =>
        deadLetterRow({ received_at: T0 + i, payload: String.fromCharCode(65 + i).repeat(2_800_000) }),
      );
      await storage.write('dead_letters', rows);
      await expectStored(storage, 'dead_letters', rows, 'long payloads');
    },
  },
  {
    name: 'writing: the same row written twice is there twice',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const [reading, event] = [quantityRow(), eventRow()];
      for (let time = 0; time < 2; time++) {
        await storage.write('sensor_scalar', [reading]);
        await storage.write('device_events', [event]);
      }
      await expectStored(storage, 'sensor_scalar', [reading, reading], 'written twice');
      await expectStored(storage, 'device_events', [event, event], 'written twice');
    },
  },
  {
    name: 'writing: a device that is written again is there once',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const after = deviceRow({ name: 'Hall', last_seen: T0 + 2 });
      await storage.write('device_registry', [deviceRow()]);
      await storage.write('device_registry', [after]);
      await storage.write('device_registry', [after]);
      await expectStored(storage, 'device_registry', [after], 'written again');
    },
  },
  {
    name: 'writing: is read beside, each row once',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const reader = readerOf(storage);
      const rows = Array.from({ length: 4_000 }, (_, i) => scalarRow({ timestamp: T0 + i, value: i }));
      let isOver = false;
      const writeAll = async (): Promise<void> => {
        for (let first = 0; first < rows.length; first += 200) {
          await storage.write('sensor_temperature', rows.slice(first, first + 200));
        }
      };
      const writing = underWay(writeAll().finally(() => (isOver = true)));
      let least = 0;
      while (!isOver) {
        const ids = (await readAll(reader.rows('sensor_temperature', {}))).map(({ message_id }) => message_id);
        expectSame(new Set(ids).size, ids.length, 'different ids among the rows that were read beside writing');
        expectTrue(ids.length >= least, `rows read beside writing: found ${ids.length}, there were ${least} before`);
        least = ids.length;
        // An adapter may answer from memory, in microtasks alone: its write would never get on.
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writing;
      expectSameRows(await readAll(reader.rows('sensor_temperature', {})), rows, 'after writing');
    },
  },
];
