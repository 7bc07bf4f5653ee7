import type { Aggregation, HistoryBucket, HistoryQuery } from '../../storage-reader.js';
import type { StorageAdapter } from '../../storage.js';
import { expectRejection, expectSame, readAll } from './expect.js';
import { audioRow, quantityRow, scalarRow, T0 } from '../sample-rows.js';
import { readerOf, type CaseSpec } from './stage.js';

const MINUTE_MS = 60_000;
const BEGIN = Math.floor(T0 / MINUTE_MS) * MINUTE_MS;

function history(storage: StorageAdapter, query: Partial<HistoryQuery>, quantity = 'temperature') {
  const whole = { deviceId: 'dev', fromMs: BEGIN, toMs: BEGIN + 10 * MINUTE_MS, intervalMs: MINUTE_MS } as const;
  return readAll<HistoryBucket>(readerOf(storage).history(quantity, { ...whole, aggregation: 'mean', ...query }));
}

const at = (ms: number, value: number, receivedMs = 0) =>
  scalarRow({ timestamp: BEGIN + ms, value, received_at: BEGIN + receivedMs });

const EXPECTED: Readonly<Record<Aggregation, readonly [number, number]>> = {
  mean: [3, -1.5],
  min: [1, -7],
  max: [6, 3],
  count: [4, 4],
  last: [2, -4],
};

export const historyCases: readonly CaseSpec[] = [
  ...Object.entries(EXPECTED).map(([aggregation, [first, third]]): CaseSpec => ({
    name: `history: ${aggregation}`,
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      // Not in the order of their times, and none at the begin of its bucket.
      const third$ = [2.5, 2.1, 2.3, 2.2].map((minutes) => minutes * MINUTE_MS);
      await storage.write('sensor_temperature', [at(59_999, 2), at(20_000, 6), at(10, 1), at(30_000, 3)]);
      await storage.write('sensor_temperature', [at(third$[0]!, -4), at(third$[1]!, 3), at(third$[2]!, 2)]);
      await storage.write('sensor_temperature', [at(third$[3]!, -7), scalarRow({ device_id: 'other', value: 1e9 })]);
      const expected = [
        { timestampMs: BEGIN, value: first, count: 4 },
        { timestampMs: BEGIN + 2 * MINUTE_MS, value: third, count: 4 },
      ];
      expectSame(await history(storage, { aggregation: aggregation as Aggregation }), expected, aggregation);
    },
  })),
  {
    name: 'history: last, of one millisecond, is what was received last',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      await storage.write('sensor_temperature', [at(5, 1, 3), at(5, 2, 9), at(5, 3, 6), at(4, 4, 99)]);
      const expected = [{ timestampMs: BEGIN, value: 2, count: 4 }];
      expectSame(await history(storage, { aggregation: 'last' }), expected, 'last');
    },
  },
  {
    name: 'history: bounds are inclusive, and buckets begin at multiples of the interval since the epoch',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      await storage.write('sensor_temperature', [at(0, 1), at(7, 2), at(2 * MINUTE_MS, 4), at(2 * MINUTE_MS + 1, 8)]);
      const query = { fromMs: BEGIN + 7, toMs: BEGIN + 2 * MINUTE_MS } as const;
      const expected = [
        { timestampMs: BEGIN, value: 2, count: 1 },
        { timestampMs: BEGIN + 2 * MINUTE_MS, value: 4, count: 1 },
      ];
      expectSame(await history(storage, query), expected, 'history()');
      const odd = { ...query, intervalMs: 7_777 };
      const begins = [BEGIN + 7, BEGIN + 2 * MINUTE_MS].map((ms) => Math.floor(ms / 7_777) * 7_777);
      expectSame(
        (await history(storage, odd)).map(({ timestampMs }) => timestampMs),
        begins,
        'of 7,777 ms',
      );
      expectSame(await history(storage, { fromMs: BEGIN + 8, toMs: BEGIN + 9 }), [], 'of a range without readings');
    },
  },
  {
    name: 'history: before 1970 buckets begin before their readings too',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const times = [-MINUTE_MS - 1, -MINUTE_MS, -1, 0];
      await storage.write(
        'sensor_temperature',
        times.map((timestamp, value) => scalarRow({ timestamp, value })),
      );
      const expected = [
        { timestampMs: -2 * MINUTE_MS, value: 0, count: 1 },
        { timestampMs: -MINUTE_MS, value: 1.5, count: 2 },
        { timestampMs: 0, value: 3, count: 1 },
      ];
      expectSame(await history(storage, { fromMs: -5 * MINUTE_MS, toMs: MINUTE_MS }), expected, 'history()');
    },
  },
  {
    name: 'history: one that there cannot be is refused',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      await storage.write('sensor_temperature', [at(0, 1)]);
      const impossible: readonly Partial<HistoryQuery>[] = [
        { intervalMs: 0 },
        { intervalMs: 0.5 },
        { intervalMs: NaN },
        { fromMs: NaN },
        { toMs: NaN },
        { aggregation: 'median' as Aggregation },
      ];
      for (const query of impossible) {
        const [[member, found]] = Object.entries(query) as [[string, unknown]];
        await expectRejection(() => history(storage, query), ['E_CONFIG'], `history() with ${member} ${String(found)}`);
      }
    },
  },
  {
    name: 'history: each quantity by itself',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const timestamp = BEGIN + 1;
      await storage.write('sensor_humidity', [scalarRow({ timestamp, value: 50 })]);
      await storage.write('sensor_scalar', [
        quantityRow({ timestamp, quantity: 'co2', value: 400 }),
        quantityRow({ timestamp, quantity: 'pm25', value: 4 }),
      ]);
      for (const [quantity, value] of Object.entries({ humidity: 50, co2: 400, pm25: 4 })) {
        expectSame(await history(storage, {}, quantity), [{ timestampMs: BEGIN, value, count: 1 }], quantity);
      }
      expectSame(await history(storage, {}, 'temperature'), [], 'temperature');
      expectSame(await history(storage, { deviceId: 'nobody' }, 'co2'), [], 'co2 of nobody');
    },
  },
  {
    name: 'history: thousands of buckets come whole, oldest first',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      // 7919 is prime: written in an order of their own.
      const rows = Array.from({ length: 6_000 }, (_, i) => (i * 7919) % 6_000).map((i) => at(i * 500, i));
      await storage.write('sensor_temperature', rows);
      const found = await history(storage, { toMs: BEGIN + 6_000 * 500, intervalMs: 1_000 });
      const expected = Array.from({ length: 3_000 }, (_, i) => ({
        timestampMs: BEGIN + i * 1_000,
        value: 2 * i + 0.5,
        count: 2,
      }));
      expectSame(found, expected, 'history()');
    },
  },
  {
    name: 'features: the columns that are asked for, NaN where a recording has none',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const features = JSON.stringify({
        recipe: 'r1',
        values: { rms_mean: 0.1, "o'dd \\ 😀": -1, unknown: null },
        mel_db_mean: [-80, -12.5],
      });
      await storage.write('sensor_audio', [
        audioRow({ timestamp: T0 + 2, features: 'no JSON', audio_hash: 'c' }),
        audioRow({ timestamp: T0 + 1, features: '{"error":"E_FEATURES"}', audio_hash: 'b' }),
        audioRow({ features, audio_hash: 'a' }),
        audioRow({ device_id: 'other', features }),
      ]);
      const columns = [
        'mel_db_mean_2',
        'rms_mean',
        'no_such',
        "o'dd \\ 😀",
        'mel_db_mean_3',
        'unknown',
        'mel_db_mean_1',
      ];
      const none = new Float64Array(7).fill(NaN);
      const expected = [
        { timestampMs: T0, audioHash: 'a', recipe: 'r1', values: Float64Array.of(-12.5, 0.1, NaN, -1, NaN, NaN, -80) },
        { timestampMs: T0 + 1, audioHash: 'b', recipe: '', values: none },
        { timestampMs: T0 + 2, audioHash: 'c', recipe: '', values: none },
      ];
      const reader = readerOf(storage);
      expectSame(await readAll(reader.features({ deviceId: 'dev', columns })), expected, 'features()');
      const part = { deviceId: 'dev', columns: [], fromMs: T0 + 1, toMs: T0 + 1 };
      const one = [{ timestampMs: T0 + 1, audioHash: 'b', recipe: '', values: new Float64Array() }];
      expectSame(await readAll(reader.features(part)), one, 'features() of one millisecond, no columns');
    },
  },
];
