/** protocol.md §4, written down a second time: independent of what the package generates. */
interface Specified {
  readonly columns: readonly string[];
  readonly extension: readonly string[];
  readonly engine: string;
  readonly sorting: string;
  readonly partition: string;
}

const BY_DEVICE = { engine: 'MergeTree', sorting: 'device_id, timestamp', partition: 'toYYYYMM(timestamp)' };
const SENSOR = [
  'message_id String',
  'received_at DateTime64(3)',
  'time_source LowCardinality(String)',
  'device_timestamp String',
];
const SCALAR = ['timestamp DateTime64(3)', 'device_id String', 'value Float64'];

export const SPECIFIED: Readonly<Record<string, Specified>> = {
  sensor_temperature: { columns: SCALAR, extension: SENSOR, ...BY_DEVICE },
  sensor_humidity: { columns: SCALAR, extension: SENSOR, ...BY_DEVICE },
  sensor_audio: {
    columns: [
      'timestamp DateTime64(3)',
      'device_id String',
      'sample_rate UInt32',
      'duration Float64',
      'format String',
      'audio_hash String',
      'features String',
    ],
    extension: SENSOR,
    ...BY_DEVICE,
  },
  window_actions: {
    columns: [
      'timestamp DateTime64(3)',
      'device_id String',
      'position Float64',
      'confidence Float64',
      'temperature Float64',
      'humidity Float64',
      'audio_hash String',
    ],
    extension: ['command_id String', 'request_id String', 'source LowCardinality(String)', 'model_version String'],
    ...BY_DEVICE,
  },
  ml_predictions: {
    columns: [
      'timestamp DateTime64(3)',
      'device_id String',
      'prediction Float64',
      'confidence Float64',
      'inference_time_ms Float64',
      'model_version String',
    ],
    extension: ['request_id String', 'held Bool', 'reason String', 'position Float64'],
    ...BY_DEVICE,
  },
  device_registry: {
    columns: [
      'device_id String',
      'name String',
      'location String',
      'registered_at DateTime64(3)',
      'last_seen DateTime64(3)',
      'is_active Bool',
      'config String',
    ],
    extension: ['device_type String', 'metadata String', 'deleted_at DateTime64(3)'],
    engine: 'ReplacingMergeTree',
    sorting: 'device_id',
    partition: '',
  },
};

/** As somebody makes them who has only the specification. */
export function plainTables(database: string): string[] {
  return Object.entries(SPECIFIED).map(([table, { columns, engine, sorting, partition }]) => {
    const version = engine === 'ReplacingMergeTree' ? '(last_seen)' : '()';
    const by = partition === '' ? '' : ` PARTITION BY ${partition}`;
    return `CREATE TABLE ${database}.${table} (${columns.join(', ')}) ENGINE = ${engine}${version} ORDER BY (${sorting})${by}`;
  });
}
