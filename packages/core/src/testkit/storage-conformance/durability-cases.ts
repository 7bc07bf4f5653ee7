import type { TableName } from '../../tables.js';
import { scalarRow, T0 } from '../sample-rows.js';
import { expectStored, samplesOf, TABLE_NAMES } from './samples.js';
import type { CaseSpec } from './stage.js';

export const durabilityCases: readonly CaseSpec[] = [
  {
    name: 'durability: after a restart every row of every table is there, as it was',
    needs: ['durable', 'sight'],
    async run(stage) {
      const written = new Map<TableName, never[]>(TABLE_NAMES.map((table) => [table, []]));
      for (let life = 0; life < 3; life++) {
        const storage = await (life === 0 ? stage.opened() : stage.restarted());
        for (const [table, rows] of written) await expectStored(storage, table, rows, `life ${life + 1}`);
        for (const [table, rows] of written) {
          const added = samplesOf(table, [{ device_id: `dev-${life}` }]);
          await storage.write(table, added);
          rows.push(...added);
        }
      }
      const storage = await stage.restarted();
      for (const [table, rows] of written) await expectStored(storage, table, rows, 'after the last life');
    },
  },
  {
    name: 'durability: a restart without a write between changes nothing',
    needs: ['durable', 'sight'],
    async run(stage) {
      const rows = Array.from({ length: 3_000 }, (_, i) => scalarRow({ timestamp: T0 + i, value: i }));
      await (await stage.opened()).write('sensor_humidity', rows);
      await stage.restarted();
      const storage = await stage.restarted();
      await expectStored(storage, 'sensor_humidity', rows, 'after two restarts');
    },
  },
  {
    name: 'durability: what was resolved is there after a crash, without any close',
    needs: ['crash', 'sight'],
    async run(stage) {
      const storage = await stage.opened();
      const rows = Array.from({ length: 50 }, (_, i) => scalarRow({ timestamp: T0 + i, value: i }));
      for (const row of rows) await storage.write('sensor_temperature', [row]);
      const found = await stage.crashed();
      await expectStored(found, 'sensor_temperature', rows, 'after a crash');
    },
  },
];
