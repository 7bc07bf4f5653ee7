import {
  checkHistory,
  featureValue,
  QUANTITY_TABLES,
  TABLE_IDENTITY,
  type Aggregation,
  type HistoryQuery,
  type Quantity,
  type RowsQuery,
  type StorageReader,
  type StoredFeatures,
  type TableName,
} from '@louver/core';
import { columnsOf } from './columns.js';
import { parsed } from './questions.js';
import { fromBound, milliseconds, rowFrom, selected, toBound } from './row-values.js';
import { named } from './schema.js';
import type { Found } from './sessions.js';
import { fromText, toText } from './text.js';

export type Stream = <B>(
  text: string,
  values: readonly unknown[],
  batchRows: number,
  decode: (row: Found) => B,
) => AsyncGenerator<readonly B[]>;

const BATCH_ROWS = 2_000;
/** Rows that may be megabytes each. */
const LARGE_BATCH_ROWS = 10;

/** The questions whose answer may be long. */
export function streams(stream: Stream, schema: string): Pick<StorageReader, 'history' | 'features' | 'rows'> {
  return {
    async *history(quantity, query) {
      checkHistory(query);
      const sql = historySql(schema, quantity, query.aggregation);
      yield* stream(sql, historyValues(quantity, query), BATCH_ROWS, (row) => {
        return { timestampMs: Number(row['begin']), value: Number(row['value']), count: Number(row['count']) };
      });
    },
    features: ({ deviceId, fromMs, toMs, columns }) =>
      stream(
        featuresSql(schema),
        [toText(deviceId), fromBound(fromMs), toBound(toMs)],
        BATCH_ROWS,
        (row): StoredFeatures => {
          const features = Object(parsed(fromText(String(row['features'])))) as { readonly recipe?: unknown };
          return {
            timestampMs: Number(row['ms']),
            audioHash: fromText(String(row['audio_hash'])),
            recipe: typeof features.recipe === 'string' ? features.recipe : '',
            values: Float64Array.from(columns, (column) => featureValue(features, column)),
          };
        },
      ),
    rows: <T extends TableName>(table: T, query: RowsQuery) =>
      stream(
        rowsSql(schema, table),
        rowsValues(table, query),
        table === 'dead_letters' ? LARGE_BATCH_ROWS : BATCH_ROWS,
        (row) => rowFrom(table, row),
      ),
  };
}

const AGGREGATES: Readonly<Record<Exclude<Aggregation, 'last'>, string>> = {
  mean: 'avg(value)',
  min: 'min(value)',
  max: 'max(value)',
  count: 'count(*)',
};

/** In float64, as whoever asks reckons the beginnings; `floor` goes down before 1970 too. */
function historySql(schema: string, quantity: Quantity, aggregation: Aggregation): string {
  const own = QUANTITY_TABLES[quantity];
  const readings = `SELECT floor(${milliseconds('"timestamp"')}::float8 / $4::float8) * $4::float8 AS begin, "timestamp", received_at, value
    FROM ${named(schema, own ?? 'sensor_scalar')}
    WHERE device_id = $1 AND "timestamp" BETWEEN $2 AND $3 ${own === undefined ? 'AND quantity = $5' : ''}`;
  if (aggregation === 'last') {
    return `SELECT DISTINCT ON (begin) begin, value, count(*) OVER (PARTITION BY begin) AS count FROM (${readings}) AS reading
      ORDER BY begin, "timestamp" DESC, received_at DESC`;
  }
  return `SELECT begin, ${AGGREGATES[aggregation]} AS value, count(*) AS count FROM (${readings}) AS reading
    GROUP BY begin ORDER BY begin`;
}

function historyValues(quantity: Quantity, { deviceId, fromMs, toMs, intervalMs }: HistoryQuery): readonly unknown[] {
  const values = [toText(deviceId), fromBound(fromMs), toBound(toMs), intervalMs];
  return QUANTITY_TABLES[quantity] === undefined ? [...values, toText(quantity)] : values;
}

function featuresSql(schema: string): string {
  return `SELECT ${milliseconds('"timestamp"')} AS ms, audio_hash, features FROM ${named(schema, 'sensor_audio')}
    WHERE device_id = $1 AND "timestamp" BETWEEN $2 AND $3 ORDER BY device_id, "timestamp", received_at`;
}

/** In the order of the index, so that nothing has to be sorted before the first batch. */
function rowsSql(schema: string, table: TableName): string {
  const columns = columnsOf(table)!;
  const time = TABLE_IDENTITY[table]?.time;
  const order = ['device_id', 'quantity', time, 'received_at'].filter((name) =>
    columns.some((one) => one.name === name),
  );
  const ofDevice = '($1::text IS NULL OR stored.device_id = $1)';
  const inRange = time === undefined ? '' : `AND stored."${time}" BETWEEN $2 AND $3`;
  return `SELECT ${columns.map(selected).join(', ')} FROM ${named(schema, table)} AS stored
    WHERE ${ofDevice} ${inRange} ORDER BY ${order.map((name) => `stored."${name}"`).join(', ')}`;
}

function rowsValues(table: TableName, { deviceId, fromMs, toMs }: RowsQuery): readonly unknown[] {
  const device = deviceId === undefined ? null : toText(deviceId);
  return TABLE_IDENTITY[table] === undefined ? [device] : [device, fromBound(fromMs), toBound(toMs)];
}
