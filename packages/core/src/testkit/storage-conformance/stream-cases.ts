import { TABLE_IDENTITY } from '../../tables.js';
import { expectSame, expectSameRows, expectTrue, readAll } from './expect.js';
import { deviceRow, quantityRow, scalarRow, T0 } from '../sample-rows.js';
import { samplesOf, TABLE_NAMES } from './samples.js';
import { readerOf, type CaseSpec } from './stage.js';

/** Rows of a stream are in runs: of each of `names` one, in any order of these, and `time` never falls in a run. */
function expectRuns(rows: readonly object[], names: readonly string[], time: string): void {
  const ended = new Set<string>();
  let run: string | undefined;
  let last = -Infinity;
  for (const row of rows) {
    const member = row as Readonly<Record<string, unknown>>;
    const name = JSON.stringify(names.map((column) => member[column]));
    const ms = member[time] as number;
    if (name !== run) {
      expectTrue(
        !ended.has(name),
        `rows of ${name} come after others: expected one run for each (${names.join(', ')})`,
      );
      if (run !== undefined) ended.add(run);
      run = name;
      last = -Infinity;
    }
    expectTrue(ms >= last, `rows of ${name}: found ${time} ${ms} after ${last}, expected oldest first`);
    last = ms;
  }
}

export const streamCases: readonly CaseSpec[] = [
  {
    name: 'rows: of every table, of a device and a range, device after device, each oldest first',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const reader = readerOf(storage);
      for (const table of TABLE_NAMES) {
        const identity = TABLE_IDENTITY[table];
        if (identity === undefined) continue;
        const { time } = identity;
        const changes = [3, 0, 2, 1, 4, 5].flatMap((ms) =>
          ["b's", 'a', 'B'].map((device_id) => ({ device_id, [time]: T0 + ms })),
        );
        const timeOf = (row: object): number => (row as Readonly<Record<string, number>>)[time]! - T0;
        const rows = samplesOf(table, changes);
        await storage.write(table, rows);
        const all = await readAll(reader.rows(table, {}));
        expectSameRows(all, rows, table);
        expectRuns(all, ['device_id'], time);
        const some = await readAll(reader.rows(table, { deviceId: "b's", fromMs: T0 + 1, toMs: T0 + 3 }));
        expectSame(some.map(timeOf), [1, 2, 3], `${table} of a device, bounds inclusive`);
        expectSameRows(
          some,
          rows.filter((_, i) => changes[i]!.device_id === "b's" && [1, 2, 3].includes(timeOf(rows[i]!))),
          table,
        );
        const late = await readAll(reader.rows(table, { fromMs: T0 + 5 }));
        expectSame(late.length, 3, `${table}: rows from the last millisecond on`);
        expectSame(await readAll(reader.rows(table, { deviceId: 'nobody' })), [], `${table} of nobody`);
      }
    },
  },
  {
    name: 'rows: of sensor_scalar quantity after quantity of a device',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const rows = Array.from({ length: 60 }, (_, i) =>
        quantityRow({ device_id: `dev-${i % 2}`, quantity: `q${i % 3}`, timestamp: T0 + ((i * 7) % 60) }),
      );
      await storage.write('sensor_scalar', rows);
      const found = await readAll(readerOf(storage).rows('sensor_scalar', {}));
      expectSameRows(found, rows, 'sensor_scalar');
      expectRuns(found, ['device_id', 'quantity'], 'timestamp');
    },
  },
  {
    name: 'rows: of device_registry every device as last written, whatever the bounds',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const rows = ['a', 'b'].map((device_id) => deviceRow({ device_id, name: 'after', last_seen: T0 + 2 }));
      await storage.write('device_registry', [deviceRow({ device_id: 'a' }), deviceRow({ device_id: 'b' })]);
      await storage.write('device_registry', rows);
      const reader = readerOf(storage);
      const bounds = { fromMs: T0 + 10, toMs: T0 + 20 };
      expectSameRows(await readAll(reader.rows('device_registry', bounds)), rows, 'device_registry');
      const one = await readAll(reader.rows('device_registry', { ...bounds, deviceId: 'b' }));
      expectSame(one, [rows[1]], 'device_registry of a device');
    },
  },
  {
    name: 'streams: 30,000 rows come whole and in order',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const count = 30_000;
      const rows = Array.from({ length: count }, (_, i) => scalarRow({ timestamp: T0 + i, value: i }));
      for (let first = 0; first < count; first += 10_000) {
        await storage.write('sensor_humidity', rows.slice(first, first + 10_000));
      }
      let next = 0;
      for await (const batch of readerOf(storage).rows('sensor_humidity', { deviceId: 'dev' })) {
        for (const { value } of batch) {
          if (value !== next) throw new Error(`rows(): found value ${value} at place ${next}`);
          next++;
        }
      }
      expectSame(next, count, 'rows of the stream');
    },
  },
  {
    name: 'streams: who stops early ends the question, and others are answered meanwhile',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const reader = readerOf(storage);
      const rows = Array.from({ length: 20_000 }, (_, i) => scalarRow({ timestamp: T0 + i, value: i }));
      await storage.write('sensor_humidity', rows);
      for (let time = 0; time < 5; time++) {
        for await (const batch of reader.rows('sensor_humidity', { deviceId: 'dev' })) {
          expectSame(batch[0]?.value, 0, 'first row of a stream');
          expectSame((await reader.latest('dev'))[0]?.value, 19_999, 'latest() in the middle of a stream');
          for await (const other of reader.rows('sensor_humidity', { fromMs: T0 + 5 })) {
            expectSame(other[0]?.value, 5, 'first row of a stream in the middle of another');
            break;
          }
          break;
        }
      }
      // Nothing of them is left that others would wait for.
      await storage.write('sensor_humidity', [scalarRow({ timestamp: T0 + 20_000, value: 20_000 })]);
      expectSame((await reader.latest('dev'))[0]?.value, 20_000, 'latest() afterwards');
    },
  },
];
