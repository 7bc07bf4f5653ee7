import type { RowKey } from '../../storage.js';
import { TABLE_IDENTITY } from '../../tables.js';
import { expectSame } from './expect.js';
import { deviceRow, eventRow, scalarRow, T0 } from '../sample-rows.js';
import { keyOf, SAMPLES, samplesOf, TABLE_NAMES } from './samples.js';
import type { CaseSpec } from './stage.js';
import { TEXTS, TIMES } from './sample-values.js';

const DAY_MS = 86_400_000;

const key = (deviceId: string, id: string, atMs = T0): RowKey => ({ deviceId, id, fromMs: atMs, toMs: atMs });

export const lookupCases: readonly CaseSpec[] = [
  {
    name: 'lookup: device, time and id all have to fit, bounds are inclusive',
    needs: ['lookup'],
    async run(stage) {
      const storage = await stage.opened();
      await storage.write('sensor_humidity', [scalarRow({ device_id: 'a', message_id: 'm' })]);
      const asked: readonly (readonly [RowKey, boolean, string])[] = [
        [key('a', 'm'), true, 'the row itself'],
        [key('b', 'm'), false, 'another device'],
        [key('a', 'n'), false, 'another id'],
        [key('a', 'm', T0 + 1), false, '1 ms later'],
        [key('a', 'm', T0 - 1), false, '1 ms earlier'],
        [{ ...key('a', 'm'), fromMs: T0 - DAY_MS }, true, 'its time is the upper bound'],
        [{ ...key('a', 'm'), toMs: T0 + DAY_MS }, true, 'its time is the lower bound'],
        [{ ...key('a', 'm'), fromMs: T0 - 10, toMs: T0 - 1 }, false, 'a range that ends before it'],
        [{ ...key('a', 'm'), fromMs: T0 + 1, toMs: T0 + 10 }, false, 'a range that begins after it'],
        [{ ...key('a', 'm'), fromMs: T0 + 1, toMs: T0 - 1 }, false, 'a range that ends before it begins'],
        [{ ...key('a', 'm'), fromMs: -Infinity, toMs: Infinity }, true, 'without bounds'],
      ];
      const all = await storage.present!(
        'sensor_humidity',
        asked.map(([asking]) => asking),
      );
      for (const [i, [asking, expected, what]] of asked.entries()) {
        expectSame(await storage.present!('sensor_humidity', [asking]), [expected], `present() by itself: ${what}`);
        expectSame(all[i], expected, `present() among others: ${what}`);
      }
      expectSame(await storage.present!('sensor_temperature', [key('a', 'm')]), [false], 'in another table');
      expectSame(await storage.present!('sensor_humidity', []), [], 'no keys');
    },
  },
  {
    name: 'lookup: answers in the order of the keys, and a key that is asked twice twice',
    needs: ['lookup'],
    async run(stage) {
      const storage = await stage.opened();
      const rows = Array.from({ length: 60 }, (_, i) => scalarRow({ device_id: `dev-${i % 5}`, timestamp: T0 + i }));
      await storage.write(
        'sensor_temperature',
        rows.filter((_, i) => i % 2 === 0),
      );
      // 23 has no factor in common with 60: each twice, in an order of its own.
      const order = Array.from({ length: 120 }, (_, i) => (i * 23) % 60);
      const keys = order.map((i) => keyOf('sensor_temperature', rows[i]!));
      expectSame(
        await storage.present!('sensor_temperature', keys),
        order.map((i) => i % 2 === 0),
        'present()',
      );
    },
  },
  {
    name: 'lookup: every table is looked up by its own identity',
    needs: ['lookup'],
    async run(stage) {
      const storage = await stage.opened();
      for (const table of TABLE_NAMES) {
        if (TABLE_IDENTITY[table] === undefined) continue;
        const rows = samplesOf(table);
        await storage.write(table, rows);
        const asking = keyOf(table, rows[0]!);
        const later = { ...asking, fromMs: asking.fromMs + 1, toMs: asking.toMs + 1 };
        const keys = [asking, { ...asking, id: `${asking.id}x` }, { ...asking, deviceId: 'other' }, later];
        expectSame(await storage.present!(table, keys), [true, false, false, false], table);
      }
    },
  },
  {
    name: 'lookup: a table whose rows may be written again tells none',
    needs: ['lookup'],
    async run(stage) {
      const storage = await stage.opened();
      await storage.write('device_registry', [deviceRow()]);
      const any = { deviceId: 'dev', fromMs: -Infinity, toMs: Infinity, id: 'dev' };
      expectSame(await storage.present!('device_registry', [any, any]), [false, false], 'device_registry');
    },
  },
  {
    name: 'lookup: 25,000 keys of two months at once, in any order, every other one stored',
    needs: ['lookup'],
    async run(stage) {
      const storage = await stage.opened();
      const count = 25_000;
      const rows = Array.from({ length: count }, (_, i) =>
        scalarRow({ device_id: `dev-${i % 40}`, timestamp: T0 + i * 200_000, message_id: `${'f'.repeat(24)}-${i}` }),
      );
      await storage.write(
        'sensor_temperature',
        rows.filter((_, i) => i % 2 === 0),
      );
      // 7919 is prime: the keys come in an order of their own.
      const order = rows.map((_, i) => (i * 7919) % count);
      const keys = order.map((i) => keyOf('sensor_temperature', rows[i]!));
      expectSame(
        await storage.present!('sensor_temperature', keys),
        order.map((i) => i % 2 === 0),
        'present()',
      );
    },
  },
  {
    name: 'lookup: keys whose time may be any of a week, among many that have one',
    needs: ['lookup'],
    async run(stage) {
      const storage = await stage.opened();
      const rows = Array.from({ length: 900 }, (_, i) =>
        scalarRow({ device_id: `dev-${i % 300}`, timestamp: T0 + i, message_id: `w-${i}` }),
      );
      await storage.write('sensor_humidity', rows);
      const wide = (i: number, id: string): RowKey => {
        return { deviceId: `dev-${i % 300}`, id, fromMs: T0 - 6 * DAY_MS, toMs: T0 + DAY_MS };
      };
      const keys = rows.flatMap((row, i) => [
        keyOf('sensor_humidity', row),
        key(row.device_id, row.message_id, row.timestamp + 1),
        wide(i, row.message_id),
        wide(i + 1, row.message_id),
      ]);
      const found = await storage.present!('sensor_humidity', keys);
      expectSame(
        found,
        rows.flatMap(() => [true, false, true, false]),
        'present()',
      );
    },
  },
  {
    name: 'lookup: many rows with one id are told apart by their time',
    needs: ['lookup'],
    async run(stage) {
      const storage = await stage.opened();
      const rows = Array.from({ length: 700 }, (_, i) => eventRow({ timestamp: T0 + 2 * i }));
      await storage.write('device_events', rows);
      const keys = Array.from({ length: 1_400 }, (_, i) => key('dev', 'online', T0 + i));
      expectSame(
        await storage.present!('device_events', keys),
        keys.map((_, i) => i % 2 === 0),
        'present()',
      );
    },
  },
  {
    name: 'lookup: ids and devices of any text, to the character',
    needs: ['lookup'],
    async run(stage) {
      const storage = await stage.opened();
      const texts = [...TEXTS, 'Case', 'e\u0301', 'a:b'];
      await storage.write(
        'sensor_temperature',
        texts.flatMap((text) => [
          scalarRow({ device_id: text, message_id: 'm' }),
          scalarRow({ device_id: 'dev', message_id: text }),
        ]),
      );
      const keys = texts.flatMap((text) => [key(text, 'm'), key('dev', text), key(text, 'n'), key('dev', `${text}?`)]);
      const found = await storage.present!('sensor_temperature', keys);
      for (const [i, text] of texts.entries()) {
        const what = `${JSON.stringify(text.slice(0, 60))} as device, as id, with another id, with one character more`;
        expectSame(found.slice(4 * i, 4 * i + 4), [true, true, false, false], what);
      }
      const near = ['case', 'CASE', 'Case ', ' Case', 'é', 'a', 'ab', 'b'];
      const alike = [...near.flatMap((text) => [key(text, 'm'), key('dev', text)]), key('dev:a', 'b')];
      const none = await storage.present!('sensor_temperature', alike);
      expectSame(
        none,
        alike.map(() => false),
        `ids and devices that only look alike (${near.join(', ')}, dev:a)`,
      );
    },
  },
  {
    name: 'lookup: times from 1900 to 2299, to the millisecond',
    needs: ['lookup'],
    async run(stage) {
      const storage = await stage.opened();
      await storage.write(
        'window_states',
        TIMES.map((timestamp, i) => ({ ...SAMPLES.window_states(), timestamp, message_id: `t-${i}` })),
      );
      const keys = TIMES.flatMap((ms, i) => [key('dev', `t-${i}`, ms), key('dev', `t-${i}`, ms + 1)]);
      expectSame(
        await storage.present!('window_states', keys),
        TIMES.flatMap(() => [true, false]),
        'present()',
      );
    },
  },
  {
    name: 'lookup: sees what has just been resolved',
    needs: ['lookup'],
    async run(stage) {
      const storage = await stage.opened();
      for (let i = 0; i < 50; i++) {
        const row = scalarRow({ timestamp: T0 + i });
        const asking = [keyOf('sensor_temperature', row)];
        expectSame(await storage.present!('sensor_temperature', asking), [false], `row ${i} before its write`);
        await storage.write('sensor_temperature', [row]);
        expectSame(await storage.present!('sensor_temperature', asking), [true], `row ${i} after its write`);
      }
    },
  },
];
