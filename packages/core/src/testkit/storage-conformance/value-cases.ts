import type { StorageAdapter } from '../../storage.js';
import type { PredictionRow, TableName, Tables } from '../../tables.js';
import { expectSame, expectSameRows, readAll } from './expect.js';
import {
  actionRow,
  audioRow,
  deadLetterRow,
  deviceRow,
  eventRow,
  predictionRow,
  quantityRow,
  scalarRow,
  stateRow,
  T0,
} from '../sample-rows.js';
import { keyOf } from './samples.js';
import { NUMBERS, TEXTS, TIMES } from './sample-values.js';
import { readerOf, type CaseSpec } from './stage.js';

const MAX_UINT32 = 0xffffffff;

/** What is written is all that the table holds then, to the last member. */
async function expectBack<T extends TableName>(
  storage: StorageAdapter,
  table: T,
  rows: readonly Tables[T][],
): Promise<void> {
  await storage.write(table, rows);
  expectSameRows(await readAll(readerOf(storage).rows(table, {})), rows, table);
}

export const valueCases: readonly CaseSpec[] = [
  {
    name: 'values: times are exact to the millisecond, from 1900 to 2299',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      await expectBack(
        storage,
        'sensor_temperature',
        TIMES.map((timestamp, i) => scalarRow({ timestamp, received_at: TIMES[(i + 5) % TIMES.length]! })),
      );
      await expectBack(
        storage,
        'window_actions',
        TIMES.map((timestamp) => actionRow({ timestamp })),
      );
      await expectBack(
        storage,
        'device_events',
        TIMES.map((timestamp) => eventRow({ timestamp })),
      );
      await expectBack(
        storage,
        'dead_letters',
        TIMES.map((received_at) => deadLetterRow({ received_at })),
      );
      await expectBack(
        storage,
        'device_registry',
        TIMES.map((registered_at, i) =>
          deviceRow({ device_id: `dev-${i}`, registered_at, deleted_at: TIMES[(i + 3) % TIMES.length]! }),
        ),
      );
      const query = { deviceId: 'dev', limit: 100 };
      const readings = await readerOf(storage).readings('temperature', query);
      expectSame(
        readings.map(({ timestampMs }) => timestampMs),
        TIMES,
        'times of readings()',
      );
    },
  },
  {
    name: 'values: numbers are exact to the last bit',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const at = (i: number): number => NUMBERS[i % NUMBERS.length]!;
      await expectBack(
        storage,
        'sensor_temperature',
        NUMBERS.map((value, i) => scalarRow({ value, timestamp: T0 + i })),
      );
      await expectBack(
        storage,
        'sensor_scalar',
        NUMBERS.map((value, i) => quantityRow({ value, timestamp: T0 + i })),
      );
      await expectBack(
        storage,
        'window_actions',
        NUMBERS.map((position, i) =>
          actionRow({ position, confidence: at(i + 1), temperature: at(i + 2), humidity: at(i + 3) }),
        ),
      );
      await expectBack(
        storage,
        'ml_predictions',
        NUMBERS.map((prediction, i) =>
          predictionRow({ prediction, confidence: at(i + 1), inference_time_ms: at(i + 2), position: at(i + 3) }),
        ),
      );
      await expectBack(
        storage,
        'window_states',
        NUMBERS.map((position, i) => stateRow({ position, target: at(i + 1) })),
      );
      await expectBack(
        storage,
        'sensor_audio',
        NUMBERS.map((duration, i) => audioRow({ duration, sample_rate: [0, 1, 2 ** 31, MAX_UINT32][i % 4]! })),
      );
      const readings = await readerOf(storage).readings('temperature', { deviceId: 'dev', limit: 100 });
      expectSame(
        readings.map(({ value }) => value),
        NUMBERS,
        'values of readings()',
      );
    },
  },
  {
    name: 'values: an unknown number stays NaN, in every column that may be unknown',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const unknown = { position: NaN, confidence: NaN, temperature: NaN, humidity: NaN };
      const missing = { prediction: NaN, confidence: NaN, inference_time_ms: NaN, position: NaN };
      const [action, prediction] = [actionRow(unknown), predictionRow(missing)];
      await expectBack(storage, 'sensor_temperature', [scalarRow({ value: NaN })]);
      await expectBack(storage, 'sensor_scalar', [quantityRow({ value: NaN })]);
      await expectBack(storage, 'sensor_audio', [audioRow({ duration: NaN })]);
      await expectBack(storage, 'window_actions', [action]);
      await expectBack(storage, 'ml_predictions', [prediction]);
      await expectBack(storage, 'window_states', [stateRow({ position: NaN, target: NaN })]);
      const reader = readerOf(storage);
      const query = { deviceId: 'dev', limit: 1 };
      expectSame(await reader.actions(query), [action], 'actions()');
      expectSame(await reader.predictions(query), [prediction], 'predictions()');
      expectSame((await reader.readings('temperature', query))[0]?.value, NaN, 'value of readings()');
      expectSame(
        (await reader.latest()).map(({ value }) => value),
        [NaN, NaN],
        'values of latest()',
      );
    },
  },
  {
    name: 'values: truth stays truth, and false false',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      await expectBack(storage, 'ml_predictions', [predictionRow({ held: false }), predictionRow({ held: true })]);
      const devices = [true, false].map((is_active) => deviceRow({ device_id: String(is_active), is_active }));
      await expectBack(storage, 'device_registry', devices);
    },
  },
  {
    name: 'values: any text comes back as it was and is never part of a statement',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const at = (i: number): string => TEXTS[i % TEXTS.length]!;
      await expectBack(
        storage,
        'sensor_temperature',
        TEXTS.map((text, i) => scalarRow({ device_id: text, message_id: at(i + 1), device_timestamp: at(i + 2) })),
      );
      await expectBack(
        storage,
        'sensor_scalar',
        TEXTS.map((text, i) => quantityRow({ device_id: text, quantity: at(i + 1) })),
      );
      await expectBack(
        storage,
        'sensor_audio',
        TEXTS.map((text, i) =>
          audioRow({ device_id: text, format: at(i + 1), audio_hash: at(i + 2), features: at(i + 3) }),
        ),
      );
      await expectBack(
        storage,
        'window_actions',
        TEXTS.map((text, i) =>
          actionRow({
            device_id: text,
            audio_hash: at(i + 1),
            command_id: at(i + 2),
            request_id: at(i + 3),
            source: at(i + 4),
            model_version: at(i + 5),
          }),
        ),
      );
      await expectBack(
        storage,
        'ml_predictions',
        TEXTS.map((text, i) =>
          predictionRow({ device_id: text, model_version: at(i + 1), request_id: at(i + 2), reason: at(i + 3) }),
        ),
      );
      await expectBack(
        storage,
        'device_registry',
        TEXTS.map((text, i) =>
          deviceRow({
            device_id: text,
            name: at(i + 1),
            location: at(i + 2),
            config: at(i + 3),
            device_type: at(i + 4),
            metadata: at(i + 5),
          }),
        ),
      );
      await expectBack(
        storage,
        'window_states',
        TEXTS.map((text, i) =>
          stateRow({ device_id: text, command_id: at(i + 1), result: at(i + 2), message_id: at(i + 3) }),
        ),
      );
      await expectBack(
        storage,
        'device_events',
        TEXTS.map((text, i) => eventRow({ device_id: text, event: at(i + 1), detail: at(i + 2) })),
      );
      await expectBack(
        storage,
        'dead_letters',
        TEXTS.map((text, i) =>
          deadLetterRow({
            device_id: text,
            topic: at(i + 1),
            code: at(i + 2),
            detail: at(i + 3),
            payload: at(i + 4),
            message_id: at(i + 5),
          }),
        ),
      );
    },
  },
  {
    name: 'values: devices and quantities are told apart to the character',
    needs: ['reader'],
    async run(stage) {
      const storage = await stage.opened();
      const reader = readerOf(storage);
      const ids = [...TEXTS, 'Case', 'case', 'case ', 'cas', 'é', 'e\u0301', 'K', '\u212a', 'a%', 'ab', 'a_'];
      const timestampOf = (i: number): number => T0 + i;
      await storage.write(
        'sensor_humidity',
        ids.map((device_id, i) => scalarRow({ device_id, timestamp: timestampOf(i), value: i })),
      );
      await storage.write(
        'sensor_scalar',
        ids.map((quantity, i) => quantityRow({ device_id: 'all', quantity, timestamp: timestampOf(i), value: i })),
      );
      for (const [i, id] of ids.entries()) {
        const what = `of ${JSON.stringify(id.slice(0, 60))}`;
        const found = await reader.readings('humidity', { deviceId: id, limit: 9 });
        expectSame(
          found.map(({ value }) => value),
          [i],
          `readings('humidity') ${what}`,
        );
        expectSame(
          (await reader.latest(id)).map(({ deviceId, value }) => [deviceId, value]),
          [[id, i]],
          `latest() ${what}`,
        );
        const other = await reader.readings(id, { deviceId: 'all', limit: 9 });
        expectSame(
          other.map(({ value }) => value),
          [i],
          `readings(quantity) ${what}`,
        );
      }
    },
  },
  {
    name: 'values: half a surrogate pair comes back as it was or as U+FFFD, and its neighbours are stored',
    needs: ['sight'],
    async run(stage) {
      const storage = await stage.opened();
      const rows = [predictionRow({ reason: 'a\ud83d!' }), predictionRow({ timestamp: T0 + 1, request_id: '\udc00' })];
      await storage.write('ml_predictions', rows);
      const { present, reader } = storage;
      if (present !== undefined) {
        const keys = rows.map((row) => keyOf('ml_predictions', row));
        expectSame(await present.call(storage, 'ml_predictions', keys), [true, true], 'present()');
      }
      if (reader === undefined) return;
      const found = await reader.predictions({ deviceId: 'dev', limit: 9 });
      // Encoding puts U+FFFD in the place of half a pair.
      const texts = (row: PredictionRow): string =>
        new TextDecoder().decode(new TextEncoder().encode(`${row.reason} ${row.request_id}`));
      expectSame(found.map(texts), rows.map(texts), 'predictions()');
    },
  },
];
