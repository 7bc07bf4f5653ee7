import type { TableName, Tables } from '@louver/core';

/** What a column holds. `number`: a float64, NaN where unknown. `time`: whole milliseconds since 1970. */
export type Kind = 'time' | 'number' | 'uint32' | 'boolean' | 'text';

type Columns = { readonly [T in TableName]: Readonly<Record<keyof Tables[T], Kind>> };

const sensor = {
  timestamp: 'time',
  device_id: 'text',
  message_id: 'text',
  received_at: 'time',
  time_source: 'text',
  device_timestamp: 'text',
} as const;

/** Every column of every table; the compiler says when one is missing. A row is written in this order. */
export const COLUMNS: Columns = {
  sensor_temperature: { ...sensor, value: 'number' },
  sensor_humidity: { ...sensor, value: 'number' },
  sensor_scalar: { ...sensor, quantity: 'text', value: 'number' },
  sensor_audio: {
    ...sensor,
    sample_rate: 'uint32',
    duration: 'number',
    format: 'text',
    audio_hash: 'text',
    features: 'text',
  },
  window_actions: {
    timestamp: 'time',
    device_id: 'text',
    position: 'number',
    confidence: 'number',
    temperature: 'number',
    humidity: 'number',
    audio_hash: 'text',
    command_id: 'text',
    request_id: 'text',
    source: 'text',
    model_version: 'text',
  },
  ml_predictions: {
    timestamp: 'time',
    device_id: 'text',
    prediction: 'number',
    confidence: 'number',
    inference_time_ms: 'number',
    model_version: 'text',
    request_id: 'text',
    held: 'boolean',
    reason: 'text',
    position: 'number',
  },
  device_registry: {
    device_id: 'text',
    name: 'text',
    location: 'text',
    registered_at: 'time',
    last_seen: 'time',
    is_active: 'boolean',
    config: 'text',
    device_type: 'text',
    metadata: 'text',
    deleted_at: 'time',
  },
  window_states: {
    timestamp: 'time',
    device_id: 'text',
    position: 'number',
    target: 'number',
    command_id: 'text',
    result: 'text',
    message_id: 'text',
  },
  device_events: { timestamp: 'time', device_id: 'text', event: 'text', detail: 'text' },
  dead_letters: {
    received_at: 'time',
    topic: 'text',
    device_id: 'text',
    code: 'text',
    detail: 'text',
    payload: 'text',
    message_id: 'text',
  },
};

export const TABLES = Object.keys(COLUMNS) as TableName[];
