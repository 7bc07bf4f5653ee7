import type {
  AudioRow,
  DeadLetterRow,
  DeviceEventRow,
  DeviceRow,
  PredictionRow,
  QuantityRow,
  ScalarRow,
  WindowActionRow,
  WindowStateRow,
} from '../tables.js';

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

/** A row of its kind, whole; what is given takes the place of its members. */
export type MakeRow<R> = (change?: Partial<R>) => R;

export interface SampleRows {
  readonly scalar: MakeRow<ScalarRow>;
  readonly quantity: MakeRow<QuantityRow>;
  readonly audio: MakeRow<AudioRow>;
  readonly action: MakeRow<WindowActionRow>;
  readonly prediction: MakeRow<PredictionRow>;
  readonly device: MakeRow<DeviceRow>;
  readonly state: MakeRow<WindowStateRow>;
  readonly event: MakeRow<DeviceEventRow>;
  readonly deadLetter: MakeRow<DeadLetterRow>;
}

/** Rows to begin a test of a storage with: of device `dev`, at 2025-10-24T12:00:00.123Z, each with an id of its own. */
export const sampleRows: SampleRows = {
  scalar: scalarRow,
  quantity: quantityRow,
  audio: audioRow,
  action: actionRow,
  prediction: predictionRow,
  device: deviceRow,
  state: stateRow,
  event: eventRow,
  deadLetter: deadLetterRow,
};
