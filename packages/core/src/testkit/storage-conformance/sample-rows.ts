import type { RowKey, StorageAdapter } from '../../storage.js';
import {
  TABLE_IDENTITY,
  type AudioRow,
  type DeadLetterRow,
  type DeviceEventRow,
  type DeviceRow,
  type PredictionRow,
  type QuantityRow,
  type ScalarRow,
  type TableName,
  type Tables,
  type WindowActionRow,
  type WindowStateRow,
} from '../../tables.js';
import { expectSame, expectSameRows, readAll } from './expect.js';

/** 2025-10-24T12:00:00.123Z. */
export const T0 = Date.UTC(2025, 9, 24, 12, 0, 0, 123);

let count = 0;
const nextId = (): string => `id-${++count}`;

export function scalarRow(change: Partial<ScalarRow> = {}): ScalarRow {
  return {
    timestamp: T0,
    device_id: 'dev',
    value: 21.5,
    message_id: nextId(),
    received_at: T0 + 40,
    time_source: 'device',
    device_timestamp: '2025-10-24T12:00:00.123Z',
    ...change,
  };
}

export function quantityRow(change: Partial<QuantityRow> = {}): QuantityRow {
  return { ...scalarRow(), quantity: 'co2', value: 612, ...change };
}

export function audioRow(change: Partial<AudioRow> = {}): AudioRow {
  const { value: _value, ...sensor } = scalarRow();
  return {
    ...sensor,
    sample_rate: 16_000,
    duration: 2.125,
    format: 'wav',
    audio_hash: 'ab'.repeat(32),
    features: '{"recipe":"r","values":{"rms_mean":0.25}}',
    ...change,
  };
}

export function actionRow(change: Partial<WindowActionRow> = {}): WindowActionRow {
  return {
    timestamp: T0,
    device_id: 'dev',
    position: 75.5,
    confidence: 0.92,
    temperature: 25.5,
    humidity: 60,
    audio_hash: 'cd'.repeat(32),
    command_id: nextId(),
    request_id: 'request',
    source: 'model',
    model_version: 'v1',
    ...change,
  };
}

export function predictionRow(change: Partial<PredictionRow> = {}): PredictionRow {
  return {
    timestamp: T0,
    device_id: 'dev',
    prediction: 74.25,
    confidence: 0.9,
    inference_time_ms: 0.7,
    model_version: 'v1',
    request_id: nextId(),
    held: true,
    reason: 'dwell',
    position: 75,
    ...change,
  };
}

export function deviceRow(change: Partial<DeviceRow> = {}): DeviceRow {
  return {
    device_id: 'dev',
    name: 'Kitchen',
    location: '{"latitude":1}',
    registered_at: T0,
    last_seen: T0 + 1,
    is_active: true,
    config: '{"a":1}',
    device_type: 'esp32',
    metadata: '{"model":"x"}',
    deleted_at: 0,
    ...change,
  };
}

export function stateRow(change: Partial<WindowStateRow> = {}): WindowStateRow {
  return {
    timestamp: T0,
    device_id: 'dev',
    position: 40,
    target: 45,
    command_id: 'command',
    result: 'done',
    message_id: nextId(),
    ...change,
  };
}

export function eventRow(change: Partial<DeviceEventRow> = {}): DeviceEventRow {
  return { timestamp: T0, device_id: 'dev', event: 'online', detail: '{"by":"x"}', ...change };
}

export function deadLetterRow(change: Partial<DeadLetterRow> = {}): DeadLetterRow {
  return {
    received_at: T0,
    topic: 'sensor/dev/temperature',
    device_id: 'dev',
    code: 'not-json',
    detail: 'unexpected token',
    payload: 'eyI=',
    message_id: nextId(),
    ...change,
  };
}

/** Makes one row of a table. */
export const SAMPLES: { readonly [T in keyof Tables & string]: () => Tables[T] } = {
  sensor_temperature: scalarRow,
  sensor_humidity: () => scalarRow({ value: 60.25, time_source: 'server', device_timestamp: '' }),
  sensor_scalar: quantityRow,
  sensor_audio: audioRow,
  window_actions: actionRow,
  ml_predictions: predictionRow,
  device_registry: deviceRow,
  window_states: stateRow,
  device_events: eventRow,
  dead_letters: deadLetterRow,
};

/** Rows of any table for a call that is made for each of them: the link that TypeScript cannot see through the union. */
export function samplesOf(table: TableName, changes: readonly object[] = [{}]): readonly never[] {
  return changes.map((change) => ({ ...SAMPLES[table](), ...change })) as unknown as readonly never[];
}

export const TABLE_NAMES = Object.keys(SAMPLES) as readonly TableName[];

/** A key that is met by one row only: its own. */
export function keyOf(table: TableName, row: object): RowKey {
  const { time, id } = TABLE_IDENTITY[table]!;
  const member = row as Readonly<Record<string, string & number>>;
  return { deviceId: member['device_id']!, fromMs: member[time]!, toMs: member[time]!, id: member[id]! };
}

/** A table holds these rows and, where it can be read, no others. */
export async function expectStored<T extends TableName>(
  storage: StorageAdapter,
  table: T,
  rows: readonly Tables[T][],
  what: string,
): Promise<void> {
  if (storage.reader !== undefined) {
    expectSameRows(await readAll(storage.reader.rows(table, {})), rows, `${what}: ${table} by rows()`);
  }
  if (storage.supports.lookup && storage.present !== undefined && TABLE_IDENTITY[table] !== undefined) {
    const found = await storage.present(
      table,
      rows.map((row) => keyOf(table, row)),
    );
    expectSame(
      found,
      rows.map(() => true),
      `${what}: ${table} by present()`,
    );
  }
}
