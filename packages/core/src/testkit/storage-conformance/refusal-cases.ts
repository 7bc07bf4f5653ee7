import type { ScalarRow, TableName } from '../../tables.js';
import { expectSame, expectSameRows, louverError, readAll } from './expect.js';
import { scalarRow, T0 } from '../sample-rows.js';
import { expectStored, keyOf } from './samples.js';
import type { CaseSpec } from './stage.js';

/** What no row may hold, and what a codec without types can make. */
const MISFITS: Readonly<Record<string, object>> = {
  'timestamp is NaN': { timestamp: NaN },
  'timestamp is missing': { timestamp: undefined },
  'value is missing': { value: undefined },
  'value is null': { value: null },
  'value is a text': { value: 'warm' },
  'value is Infinity': { value: Infinity },
  'device_id is a number': { device_id: 7 },
  'message_id is missing': { message_id: undefined },
};

export const refusalCases: readonly CaseSpec[] = [
  {
    name: 'refusal: a batch with a row that does not fit is refused whole with E_STORAGE_REJECTED, or stored as it is',
    needs: ['sight'],
    async run(stage) {
      const storage = await stage.opened();
      let place = 0;
      const stored: ScalarRow[] = [];
      for (const [what, change] of Object.entries(MISFITS)) {
        const good = [0, 1, 2].map(() => scalarRow({ timestamp: T0 + place++ }));
        const bad = { ...scalarRow({ timestamp: T0 + place++ }), ...change } as ScalarRow;
        const batch = [good[0]!, good[1]!, bad, good[2]!];
        let isRefused = false;
        try {
          await storage.write('sensor_temperature', batch);
        } catch (error) {
          louverError(error, ['E_STORAGE_REJECTED'], what);
          isRefused = true;
        }
        stored.push(...(isRefused ? [] : batch));
        const { present, reader } = storage;
        if (present !== undefined) {
          const keys = good.map((row) => keyOf('sensor_temperature', row));
          const found = await present.call(storage, 'sensor_temperature', keys);
          expectSame(
            found,
            good.map(() => !isRefused),
            `${what}: the other rows of the batch by present()`,
          );
        }
        if (reader === undefined) continue;
        const rows = await readAll(reader.rows('sensor_temperature', {}));
        expectSameRows(rows, stored, `${what}, and the write was ${isRefused ? 'refused' : 'resolved'}`);
      }
      // Nothing was wrong with the storage.
      const after = scalarRow({ device_id: 'after' });
      await storage.write('sensor_humidity', [after]);
      await expectStored(storage, 'sensor_humidity', [after], 'after refusals');
      expectSame(storage.health?.() ?? { ok: true }, { ok: true }, 'health() after refusals');
    },
  },
  {
    name: 'refusal: rows of a table that it does not know are refused with E_STORAGE_REJECTED, or stored',
    async run(stage) {
      const storage = await stage.opened();
      const table = 'sensor_colour' as TableName as 'sensor_temperature';
      try {
        await storage.write(table, [scalarRow()]);
      } catch (error) {
        louverError(error, ['E_STORAGE_REJECTED'], `write('sensor_colour')`);
      }
      const after = scalarRow();
      await storage.write('sensor_temperature', [after]);
      await expectStored(storage, 'sensor_temperature', [after], 'after an unknown table');
    },
  },
];
