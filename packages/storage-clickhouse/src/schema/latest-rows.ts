import { ONE_SERVER, type Dialect } from './dialect.js';
import { feedLatest, type LatestSource } from './latest.js';
import { createTable } from './statements.js';

interface LatestRows {
  readonly table: string;
  /** Fed, and its view: the same name with `_view`. */
  readonly target: string;
  /** What is kept of the newest row, with ClickHouse types. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  /** What decides between two rows of one millisecond, with ClickHouse types. */
  readonly ties: readonly (readonly [name: string, type: string])[];
  /** Which rows count, as `r`. */
  readonly where?: string;
}

const text = (name: string) => [name, 'String'] as const;
const float = (name: string) => [name, 'Float64'] as const;

/** A person's action names neither temperature nor humidity: it was decided from nothing that was measured. */
export const LATEST_ACTIONS: LatestRows = {
  table: 'window_actions',
  target: 'device_latest_action',
  columns: [
    float('position'),
    float('confidence'),
    float('temperature'),
    float('humidity'),
    ...['audio_hash', 'command_id', 'request_id', 'source', 'model_version'].map(text),
  ],
  ties: [text('command_id')],
  where: 'NOT (isNaN(r.temperature) AND isNaN(r.humidity))',
};

export const LATEST_RECORDINGS: LatestRows = {
  table: 'sensor_audio',
  target: 'device_latest_recording',
  columns: [['sample_rate', 'UInt32'], float('duration'), text('format'), text('audio_hash'), text('features')],
  ties: [['received_at', 'DateTime64(3)'], text('message_id')],
};

const ROWS = [LATEST_ACTIONS, LATEST_RECORDINGS];

export const ROW_SOURCES: readonly LatestSource[] = ROWS.map(({ table, target, columns, ties, where: counts }) => ({
  table,
  target,
  view: `${target}_view`,
  select(database, { dialect = ONE_SERVER, where } = {}) {
    // The words of a dictionary are kept as texts.
    const kept = columns.map(([name, type]) => (type === 'String' ? `toString(r.${name})` : `r.${name}`)).join(', ');
    const order = ['timestamp', ...ties.map(([name]) => name)].map((name) => `r.${name}`).join(', ');
    const conditions = [where, counts].filter((condition) => condition !== undefined).join(' AND ');
    return (
      `SELECT r.device_id AS device_id, max(r.timestamp) AS timestamp, argMaxState((${kept}), (${order})) AS latest ` +
      `FROM ${database}.${dialect.local(table)} AS r ${conditions === '' ? '' : `WHERE ${conditions} `}GROUP BY device_id`
    );
  },
}));

/** The newest row of every device, whole: the rows themselves are read device by device, and a start asks for all devices. */
export function latestRowStatements(dialect: Dialect, database: string): string[] {
  const types = (of: LatestRows['columns']): string => of.map(([, type]) => type).join(', ');
  return [
    ...ROWS.flatMap(({ target, columns, ties }) =>
      createTable(dialect, database, {
        name: target,
        columns: [
          'device_id String',
          'timestamp SimpleAggregateFunction(max, DateTime64(3))',
          `latest AggregateFunction(argMax, Tuple(${types(columns)}), Tuple(DateTime64(3), ${types(ties)}))`,
        ],
        engine: 'AggregatingMergeTree()',
        orderBy: 'device_id',
      }),
    ),
    ...feedLatest(dialect, database, ROW_SOURCES),
  ];
}

/** SELECT of the newest row of every device: `device`, `ms`, and its columns by name. @param having over `ms`. */
export function selectLatestRows(database: string, { target, columns }: LatestRows, having = ''): string {
  const names = columns.map(([name], i) => `l.row.${i + 1} AS ${name}`).join(', ');
  return (
    `SELECT l.device AS device, l.ms AS ms, ${names} FROM (SELECT r.device_id AS device, ` +
    'toUnixTimestamp64Milli(max(r.timestamp)) AS ms, argMaxMerge(r.latest) AS row ' +
    `FROM ${database}.${target} AS r GROUP BY r.device_id${having === '' ? '' : ` HAVING ${having}`}) AS l ORDER BY ms, device`
  );
}
