import {
  QUANTITY_TABLES,
  REPLAYED,
  type AudioRow,
  type DeadLetterQuery,
  type LastRecording,
  type LatestValue,
  type RangeQuery,
  type StorageReader,
  type StoredRecording,
  type TableName,
  type Tables,
} from '@louver/core';
import type { ClientBase } from 'pg';
import { columnsOf, TIMED_TABLES } from './columns.js';
import { newestSql } from './newest.js';
import { fromBound, milliseconds, rowFrom, selected, toBound } from './row-values.js';
import { named } from './schema.js';
import type { Found } from './sessions.js';
import { fromText, toText } from './text.js';

export type Ask = <R>(work: (client: ClientBase) => Promise<R>) => Promise<R>;
type Questions = Omit<StorageReader, 'history' | 'features' | 'rows'>;

/** The questions whose answer is a list, or a number. */
export function questions(ask: Ask, schema: string): Questions {
  const found = (text: string, values: readonly unknown[] = []): Promise<readonly Found[]> =>
    ask(async (client) => (await client.query<Found>(text, [...values])).rows);
  const rowsOf = async <T extends TableName>(table: T, text: string, values: readonly unknown[] = []) =>
    (await found(text, values)).map((row) => rowFrom(table, row));
  const range = <T extends TableName>(table: T, query: RangeQuery): Promise<readonly Tables[T][]> =>
    rowsOf(table, rangeSql(schema, table), rangeValues(query));

  return {
    devices: () =>
      rowsOf(
        'device_registry',
        `SELECT ${allOf('device_registry')} FROM ${named(schema, 'device_registry')} AS stored ORDER BY stored.registered_at`,
      ),
    async latest(deviceId) {
      const values = deviceId === undefined ? [] : [toText(deviceId)];
      return (await found(latestSql(schema, deviceId !== undefined), values)).map(latestFrom);
    },
    async readings(quantity, query) {
      const own = QUANTITY_TABLES[quantity];
      const rows =
        own === undefined
          ? rowsOf('sensor_scalar', rangeSql(schema, 'sensor_scalar', 'AND stored.quantity = $5'), [
              ...rangeValues(query),
              toText(quantity),
            ])
          : range(own, query);
      return (await rows).map(({ timestamp, value, time_source }) => {
        return { timestampMs: timestamp, value, timeSource: time_source };
      });
    },
    recordings: async (query) => (await range('sensor_audio', query)).map(recordingOf),
    actions: (query) => range('window_actions', query),
    predictions: (query) => range('ml_predictions', query),
    async deadLetters(query) {
      const rows = await rowsOf('dead_letters', deadLettersSql(schema), deadLettersValues(query));
      return rows.map((row) => ({ ...row, payload: row.payload.slice(0, query.maxPayloadChars) }));
    },
    async newestMs() {
      const [row] = await found(newestMsSql(schema));
      return row!['ms'] === null ? -Infinity : Number(row!['ms']);
    },
    async lastRecordings(sinceMs) {
      const columns = allOf('sensor_audio');
      const text = newestSql(schema, { table: 'sensor_audio', columns, where: 'stored."timestamp" >= $1' });
      const rows = await rowsOf('sensor_audio', `SELECT * FROM ${text} AS found ORDER BY "timestamp"`, [
        fromBound(sinceMs),
      ]);
      return rows.map((row): LastRecording => ({ deviceId: row.device_id, ...recordingOf(row) }));
    },
    lastActions() {
      // NaN is equal to NaN in PostgreSQL.
      const where = "stored.temperature <> 'NaN' OR stored.humidity <> 'NaN'";
      const text = newestSql(schema, { table: 'window_actions', columns: allOf('window_actions'), where });
      return rowsOf('window_actions', `SELECT * FROM ${text} AS found ORDER BY "timestamp"`);
    },
  };
}

function allOf(table: TableName): string {
  return columnsOf(table)!.map(selected).join(', ');
}

/** Whole rows of a device ($1) in a range ($2, $3): the newest ($4), oldest first. */
function rangeSql(schema: string, table: TableName, condition = ''): string {
  const received = columnsOf(table)!.some(({ name }) => name === 'received_at');
  const order = (direction: string): string =>
    `"timestamp" ${direction}${received ? `, received_at ${direction}` : ''}`;
  return `SELECT * FROM (
      SELECT ${allOf(table)} FROM (
        SELECT * FROM ${named(schema, table)} AS stored
        WHERE stored.device_id = $1 AND stored."timestamp" BETWEEN $2 AND $3 ${condition}
        ORDER BY ${order('DESC')} LIMIT $4
      ) AS newest
    ) AS found ORDER BY ${order('ASC')}`;
}

function rangeValues({ deviceId, fromMs, toMs, limit }: RangeQuery): readonly unknown[] {
  return [toText(deviceId), fromBound(fromMs), toBound(toMs), limitOf(limit)];
}

/** `LIMIT NULL` is none. */
function limitOf(limit: number): number | null {
  return Number.isFinite(limit) ? Math.max(0, Math.floor(limit)) : null;
}

function latestSql(schema: string, ofDevice: boolean): string {
  const columns = `stored.device_id, stored.value, ${milliseconds('stored."timestamp"')} AS ms`;
  const device = ofDevice ? { device: '$1' } : {};
  const parts = Object.entries(QUANTITY_TABLES).map(([quantity, table]) =>
    newestSql(schema, { table: table!, columns: `'${quantity}' AS quantity, ${columns}`, ...device }),
  );
  const others = newestSql(schema, { table: 'sensor_scalar', columns: `stored.quantity, ${columns}`, ...device });
  return `SELECT * FROM (${[...parts, others].join(' UNION ALL ')}) AS found ORDER BY ms`;
}

function latestFrom(row: Found): LatestValue {
  return {
    deviceId: fromText(String(row['device_id'])),
    quantity: fromText(String(row['quantity'])),
    timestampMs: Number(row['ms']),
    value: Number(row['value']),
  };
}

function newestMsSql(schema: string): string {
  const parts = TIMED_TABLES.map(({ table, time }) =>
    time === 'timestamp'
      ? newestSql(schema, { table, columns: 'stored."timestamp" AS "time"' })
      : `(SELECT max("${time}") AS "time" FROM ${named(schema, table)})`,
  );
  return `SELECT ${milliseconds('max("time")')} AS ms FROM (${parts.join(' UNION ALL ')}) AS found`;
}

/** `payload` is cut before it is sent; a character of JavaScript's is two at the most here (see text.ts), and the rest is cut afterwards. */
function deadLettersSql(schema: string): string {
  const table = named(schema, 'dead_letters');
  return `SELECT * FROM (
      SELECT ${allOf('dead_letters')} FROM (
        SELECT received_at, topic, device_id, code, detail, message_id,
          CASE WHEN $7::int IS NULL THEN payload ELSE left(payload, $7::int) END AS payload
        FROM ${table} AS letter
        WHERE letter.code <> $8 AND letter.received_at BETWEEN $1 AND $2
          AND ($3::text IS NULL OR letter.device_id = $3) AND ($4::text IS NULL OR letter.code = $4)
          AND ($5::text[] IS NULL OR letter.message_id = ANY ($5))
          AND (letter.message_id = '' OR NOT EXISTS (
            SELECT FROM ${table} AS again WHERE again.message_id = letter.message_id AND again.code = $8
          ))
        ORDER BY letter.received_at DESC, letter.message_id DESC LIMIT $6
      ) AS newest
    ) AS found ORDER BY received_at, message_id`;
}

function deadLettersValues(query: DeadLetterQuery): readonly unknown[] {
  const { fromMs, toMs, deviceId, code, messageIds, limit, maxPayloadChars = Infinity } = query;
  return [
    fromBound(fromMs),
    toBound(toMs),
    deviceId === undefined ? null : toText(deviceId),
    code === undefined ? null : toText(code),
    messageIds === undefined ? null : messageIds.map(toText),
    limitOf(limit),
    Number.isFinite(maxPayloadChars) ? Math.min(2 * maxPayloadChars, 2 ** 31 - 1) : null,
    REPLAYED,
  ];
}

/** `features` parsed; what is not JSON as the text that it is. */
function recordingOf(row: AudioRow): StoredRecording {
  return {
    timestampMs: row.timestamp,
    sampleRateHz: row.sample_rate,
    durationS: row.duration,
    format: row.format,
    audioHash: row.audio_hash,
    features: parsed(row.features),
  };
}

/** What is not JSON as it is. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}
