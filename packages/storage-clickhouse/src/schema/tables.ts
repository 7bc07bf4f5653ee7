import type { TableName } from '@louver/core';

/** How a member of a row is checked and written. `time`: epoch milliseconds; `float`: a number, NaN for unknown. */
export type ColumnKind = 'time' | 'float' | 'uint32' | 'text' | 'bool';

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** ClickHouse type. */
  readonly type: string;
  /** SQL of the default, for columns that other writers do not know. */
  readonly fallback?: string;
}

export interface TableSchema {
  readonly name: TableName;
  /** As a plain installation has them (protocol.md §4). */
  readonly columns: readonly Column[];
  /** Follow after `columns`, with defaults: statements that do not know them keep working. */
  readonly extension: readonly Column[];
  readonly engine: string;
  readonly orderBy: string;
  /** The column whose month is the partition; absent: not partitioned. */
  readonly partitionTime?: string;
}

const time = (name: string, fallback?: string): Column => column(name, 'time', 'DateTime64(3)', fallback);
const float = (name: string, fallback?: string): Column => column(name, 'float', 'Float64', fallback);
const text = (name: string, fallback?: string): Column => column(name, 'text', 'String', fallback);
const word = (name: string, fallback?: string): Column => column(name, 'text', 'LowCardinality(String)', fallback);
const bool = (name: string, fallback?: string): Column => column(name, 'bool', 'Bool', fallback);

function column(name: string, kind: ColumnKind, type: string, fallback: string | undefined): Column {
  return fallback === undefined ? { name, kind, type } : { name, kind, type, fallback };
}

const byDevice = { engine: 'MergeTree()', orderBy: '(device_id, timestamp)', partitionTime: 'timestamp' } as const;

const sensorExtension: readonly Column[] = [
  text('message_id', "''"),
  // A writer that does not know the column measured and stored at once.
  time('received_at', 'timestamp'),
  word('time_source', "'device'"),
  text('device_timestamp', "''"),
];

const scalar = [time('timestamp'), text('device_id'), float('value')];

/** The six tables of the specification, then the extension tables that rows are written to. */
export const TABLES: readonly TableSchema[] = [
  { name: 'sensor_temperature', columns: scalar, extension: sensorExtension, ...byDevice },
  { name: 'sensor_humidity', columns: scalar, extension: sensorExtension, ...byDevice },
  {
    name: 'sensor_audio',
    columns: [
      time('timestamp'),
      text('device_id'),
      column('sample_rate', 'uint32', 'UInt32', undefined),
      float('duration'),
      text('format'),
      text('audio_hash'),
      text('features'),
    ],
    extension: sensorExtension,
    ...byDevice,
  },
  {
    name: 'window_actions',
    columns: [
      time('timestamp'),
      text('device_id'),
      float('position'),
      float('confidence'),
      float('temperature'),
      float('humidity'),
      text('audio_hash'),
    ],
    extension: [
      text('command_id', "''"),
      text('request_id', "''"),
      word('source', "'external'"),
      text('model_version', "''"),
    ],
    ...byDevice,
  },
  {
    name: 'ml_predictions',
    columns: [
      time('timestamp'),
      text('device_id'),
      float('prediction'),
      float('confidence'),
      float('inference_time_ms'),
      text('model_version'),
    ],
    extension: [text('request_id', "''"), bool('held', 'false'), text('reason', "''"), float('position', 'nan')],
    ...byDevice,
  },
  {
    name: 'device_registry',
    columns: [
      text('device_id'),
      text('name'),
      text('location'),
      time('registered_at'),
      time('last_seen'),
      bool('is_active'),
      text('config'),
    ],
    // 1970-01-01, the type's own default, means: not decommissioned.
    extension: [text('device_type', "''"), text('metadata', "'{}'"), time('deleted_at', 'toDateTime64(0, 3)')],
    engine: 'ReplacingMergeTree(last_seen)',
    orderBy: 'device_id',
  },
  {
    name: 'sensor_scalar',
    columns: [time('timestamp'), text('device_id'), word('quantity'), float('value')],
    extension: sensorExtension,
    ...byDevice,
    orderBy: '(device_id, quantity, timestamp)',
  },
  {
    name: 'window_states',
    columns: [
      time('timestamp'),
      text('device_id'),
      float('position'),
      float('target'),
      text('command_id'),
      word('result'),
      text('message_id'),
    ],
    extension: [],
    ...byDevice,
  },
  {
    name: 'device_events',
    columns: [time('timestamp'), text('device_id'), word('event'), text('detail')],
    extension: [],
    ...byDevice,
  },
  {
    name: 'dead_letters',
    columns: [
      time('received_at'),
      text('topic'),
      text('device_id'),
      word('code'),
      text('detail'),
      text('payload'),
      text('message_id'),
    ],
    extension: [],
    engine: 'MergeTree()',
    orderBy: '(device_id, received_at)',
    partitionTime: 'received_at',
  },
];

const byName: ReadonlyMap<string, TableSchema> = new Map(TABLES.map((table) => [table.name, table]));

export function tableSchema(name: string): TableSchema | undefined {
  return byName.get(name);
}
