import { TABLE_IDENTITY, type TableName, type Tables } from '@louver/core';

/** What a column holds: ms since 1970, float64 with NaN, unsigned 32-bit integer, boolean, text of any characters. */
export type Kind = 'time' | 'number' | 'integer' | 'boolean' | 'text';

const TYPES: Readonly<Record<Kind, string>> = {
  time: 'timestamp with time zone',
  number: 'double precision',
  // PostgreSQL's integer is signed: half of an unsigned 32-bit one.
  integer: 'bigint',
  boolean: 'boolean',
  text: 'text',
};

const SENSOR = { message_id: 'text', received_at: 'time', time_source: 'text', device_timestamp: 'text' } as const;
const SCALAR = { timestamp: 'time', device_id: 'text', value: 'number', ...SENSOR } as const;

/** Every column of every table; a column that a row type has and this has not does not compile. */
const COLUMNS = {
  sensor_temperature: SCALAR,
  sensor_humidity: SCALAR,
  sensor_scalar: { ...SCALAR, quantity: 'text' },
  sensor_audio: {
    timestamp: 'time',
    device_id: 'text',
    sample_rate: 'integer',
    duration: 'number',
    format: 'text',
    audio_hash: 'text',
    features: 'text',
    ...SENSOR,
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
} as const satisfies { readonly [T in TableName]: Readonly<Record<keyof Tables[T], Kind>> };

export interface Column {
  readonly name: string;
  readonly kind: Kind;
  /** As PostgreSQL calls it. */
  readonly type: string;
}

export const TABLES = Object.keys(COLUMNS) as readonly TableName[];

const LISTS = new Map(
  TABLES.map((table) => [
    table as string,
    Object.entries<Kind>(COLUMNS[table]).map(([name, kind]) => ({ name, kind, type: TYPES[kind] })),
  ]),
);

/** `undefined` for a table that is not one of the contract's. */
export function columnsOf(table: string): readonly Column[] | undefined {
  return LISTS.get(table);
}

/** Every table but `device_registry`: those whose rows have a time and an id. */
export const TIMED_TABLES = TABLES.flatMap((table) => {
  const identity = TABLE_IDENTITY[table];
  return identity === undefined ? [] : [{ table, ...identity }];
});
