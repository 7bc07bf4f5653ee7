import {
  QUANTITY_TABLES,
  TABLE_IDENTITY,
  type DeadLetterQuery,
  type DeadLetterRow,
  type DeviceRow,
  type FeatureQuery,
  type HistoryBucket,
  type HistoryQuery,
  type LastRecording,
  type LatestValue,
  type PredictionRow,
  type Quantity,
  type RangeQuery,
  type RowsQuery,
  type StorageReader,
  type StoredFeatures,
  type StoredReading,
  type StoredRecording,
  type TableName,
  type Tables,
  type WindowActionRow,
} from '@louver/core';
import { SELECT_SETTINGS, type Params } from '../connection.js';
import { LATEST_ACTIONS, LATEST_RECORDINGS, selectLatestRows } from '../schema/latest-rows.js';
import { readDeadLetters } from './dead-letters.js';
import { newestMsStatement, type SelectRows, type Statement } from './statement.js';
import { newestFirst, timeRange } from './newest-first.js';
import { bucketOf, historyStatement } from './history.js';
import { featuresOf, featuresStatement } from './features.js';
import { rowsStatement, tableRowOf } from './table-rows.js';
import { actionOf, deviceOf, latestOf, predictionOf, readingOf, recordingOf } from './mapping.js';
import { numberOf, parseRows, textOf, type ReadRow } from './rows.js';
import { clampTime } from './times.js';

/** Rows as JSONEachRow text. */
export type Query = (sql: string, params: Params) => Promise<string>;

/** How a reader asks; both reject with a `LouverError`. */
export interface Questions {
  /** One question of several parts: a `close` in between waits for all of it. */
  ask<T>(question: (query: Query) => Promise<T>): Promise<T>;
  stream(sql: string, params: Params): AsyncIterable<readonly ReadRow[]>;
}

const RECORDING_COLUMNS =
  'toUnixTimestamp64Milli(r.timestamp) AS ms, r.sample_rate AS sample_rate, r.duration AS duration, r.format AS format, ' +
  'r.audio_hash AS audio_hash, r.features AS features';

const ACTION_COLUMNS =
  'r.device_id AS device, toUnixTimestamp64Milli(r.timestamp) AS ms, r.position AS position, r.confidence AS confidence, ' +
  'r.temperature AS temperature, r.humidity AS humidity, r.audio_hash AS audio_hash, r.command_id AS command_id, ' +
  'r.request_id AS request_id, r.source AS source, r.model_version AS model_version';

const PREDICTION_COLUMNS =
  'r.device_id AS device, toUnixTimestamp64Milli(r.timestamp) AS ms, r.prediction AS prediction, r.confidence AS confidence, ' +
  'r.inference_time_ms AS inference_time_ms, r.model_version AS model_version, r.request_id AS request_id, r.held AS held, ' +
  'r.reason AS reason, r.position AS position';

const DEVICE_COLUMNS =
  'r.device_id AS device, r.name AS name, r.location AS location, toUnixTimestamp64Milli(r.registered_at) AS registered, ' +
  'toUnixTimestamp64Milli(r.last_seen) AS seen, r.is_active AS is_active, r.config AS config, r.device_type AS device_type, ' +
  'r.metadata AS metadata, toUnixTimestamp64Milli(r.deleted_at) AS deleted';

/** Everything that comes from a caller is bound as a parameter; the text holds names of our own only. */
export class ClickhouseReader implements StorageReader {
  readonly #questions: Questions;
  readonly #database: string;

  constructor(questions: Questions, database: string) {
    this.#questions = questions;
    this.#database = database;
  }

  /** Every device that was ever registered, decommissioned ones too (`deleted_at`), as last written; oldest registration first. */
  devices(): Promise<DeviceRow[]> {
    return this.#rows(
      `SELECT ${DEVICE_COLUMNS} FROM ${this.#database}.device_registry AS r FINAL ORDER BY r.registered_at, r.device_id`,
      {},
      deviceOf,
    );
  }

  latest(deviceId?: string): Promise<LatestValue[]> {
    return this.#rows(
      'SELECT r.device_id AS device, r.quantity AS quantity, toUnixTimestamp64Milli(max(r.timestamp)) AS ms, ' +
        `argMaxMerge(r.value) AS latest FROM ${this.#database}.device_latest AS r ` +
        (deviceId === undefined ? '' : 'WHERE r.device_id = {device:String} ') +
        'GROUP BY r.device_id, r.quantity ORDER BY ms, device, quantity',
      deviceId === undefined ? {} : { device: deviceId },
      latestOf,
    );
  }

  readings(quantity: Quantity, query: RangeQuery): Promise<StoredReading[]> {
    const columns = 'toUnixTimestamp64Milli(r.timestamp) AS ms, r.value AS value, r.time_source AS time_source';
    const tie = ', r.received_at DESC, r.message_id DESC';
    const table = QUANTITY_TABLES[quantity];
    if (table !== undefined) return this.#range(table, columns, query, readingOf, tie);
    return this.#range('sensor_scalar', columns, query, readingOf, tie, quantity);
  }

  recordings(query: RangeQuery): Promise<StoredRecording[]> {
    return this.#range(
      'sensor_audio',
      RECORDING_COLUMNS,
      query,
      recordingOf,
      ', r.received_at DESC, r.message_id DESC',
    );
  }

  actions(query: RangeQuery): Promise<WindowActionRow[]> {
    return this.#range('window_actions', ACTION_COLUMNS, query, actionOf, ', r.command_id DESC');
  }

  predictions(query: RangeQuery): Promise<PredictionRow[]> {
    return this.#range('ml_predictions', PREDICTION_COLUMNS, query, predictionOf, ', r.request_id DESC');
  }

  lastRecordings(sinceMs: number): Promise<LastRecording[]> {
    return this.#rows(
      selectLatestRows(this.#database, LATEST_RECORDINGS, 'ms >= {since:Int64}'),
      { since: clampTime(Math.ceil(sinceMs)) },
      (row) => ({ deviceId: textOf(row, 'device'), ...recordingOf(row) }),
    );
  }

  /** The bounds of the partitions answer it, no row is read. */
  async newestMs(): Promise<number> {
    const times = Object.entries(TABLE_IDENTITY).flatMap(([table, identity]) =>
      identity === undefined
        ? []
        : [`SELECT max(r.${identity.time}) AS time, count() AS found FROM ${this.#database}.${table} AS r`],
    );
    const sql =
      'SELECT toUnixTimestamp64Milli(maxIf(t.time, t.found > 0)) AS ms, sum(t.found) AS stored ' +
      `FROM (${times.join(' UNION ALL ')}) AS t`;
    const [row] = await this.#rows(sql, {}, (found) => found);
    return row === undefined || numberOf(row, 'stored') === 0 ? -Infinity : numberOf(row, 'ms');
  }

  lastActions(): Promise<WindowActionRow[]> {
    return this.#rows(selectLatestRows(this.#database, LATEST_ACTIONS), {}, actionOf);
  }

  async deadLetters(query: DeadLetterQuery): Promise<DeadLetterRow[]> {
    const letters = await this.#ask((select) => readDeadLetters(select, this.#database, query));
    return letters.reverse();
  }

  history(quantity: Quantity, query: HistoryQuery): AsyncIterable<readonly HistoryBucket[]> {
    return this.#stream(() => historyStatement(this.#database, quantity, query), bucketOf);
  }

  features(query: FeatureQuery): AsyncIterable<readonly StoredFeatures[]> {
    const { length } = query.columns;
    return this.#stream(
      () => featuresStatement(this.#database, query),
      (row) => featuresOf(row, length),
    );
  }

  rows<T extends TableName>(table: T, query: RowsQuery): AsyncIterable<readonly Tables[T][]> {
    return this.#stream(
      () => rowsStatement(this.#database, table, query),
      (row) => tableRowOf(table, row),
    );
  }

  /** What cannot be asked is refused when the first batch is. */
  async *#stream<T>(statement: () => Statement, map: (row: ReadRow) => T): AsyncGenerator<readonly T[]> {
    const { sql, params } = statement();
    for await (const rows of this.#questions.stream(`${sql} ${SELECT_SETTINGS}`, params)) yield rows.map(map);
  }

  /** The newest `limit` rows of a range, oldest first. */
  async #range<T>(
    table: string,
    columns: string,
    query: RangeQuery,
    map: (row: ReadRow) => T,
    tie: string,
    quantity?: Quantity,
  ): Promise<T[]> {
    const sql =
      `SELECT ${columns} FROM ${this.#database}.${table} AS r WHERE r.device_id = {device:String} ` +
      (quantity === undefined ? '' : 'AND r.quantity = {quantity:String} ') +
      'AND r.timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND r.timestamp <= fromUnixTimestamp64Milli({to:Int64}) ' +
      `ORDER BY r.timestamp DESC${tie} LIMIT {limit:UInt32}`;
    const limit = Math.min(0xffffffff, Math.max(0, Math.floor(query.limit)));
    const found = await this.#ask((select) => {
      const newestMs = async (): Promise<number> => {
        const [row = {}] = await select(newestMsStatement(this.#database, table, 'timestamp'));
        return numberOf(row, 'ms');
      };
      return newestFirst(timeRange(query), limit, newestMs, ({ fromMs, toMs }, rest) => {
        const params = { device: query.deviceId, from: fromMs, to: toMs, limit: rest };
        return select({ sql, params: quantity === undefined ? params : { ...params, quantity } });
      });
    });
    return found.reverse().map(map);
  }

  async #rows<T>(sql: string, params: Params, map: (row: ReadRow) => T): Promise<T[]> {
    return (await this.#ask((select) => select({ sql, params }))).map(map);
  }

  #ask<T>(question: (select: SelectRows) => Promise<T>): Promise<T> {
    return this.#questions.ask((query) =>
      question(async ({ sql, params }) => parseRows(await query(`${sql} ${SELECT_SETTINGS}`, params))),
    );
  }
}
