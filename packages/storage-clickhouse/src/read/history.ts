import {
  checkHistory,
  QUANTITY_TABLES,
  type Aggregation,
  type HistoryBucket,
  type HistoryQuery,
  type Quantity,
} from '@louver/core';
import type { Statement } from './statement.js';
import { numberOf, type ReadRow } from './rows.js';
import { clampTime } from './times.js';

const AGGREGATES: Readonly<Record<Aggregation, string>> = {
  mean: 'avg(r.value)',
  min: 'min(r.value)',
  max: 'max(r.value)',
  count: 'toFloat64(count())',
  last: 'argMax(r.value, (r.timestamp, r.received_at))',
};

/**
 * Readings of one device by interval: a range of the primary key. Memory grows with the intervals (a million take 15 MB), not with the readings.
 * Throws `E_CONFIG` for one that there cannot be.
 */
export function historyStatement(database: string, quantity: Quantity, query: HistoryQuery): Statement {
  checkHistory(query);
  const { deviceId, fromMs, toMs, intervalMs, aggregation } = query;
  const table = QUANTITY_TABLES[quantity] ?? 'sensor_scalar';
  const ms = 'toUnixTimestamp64Milli(r.timestamp)';
  const sql =
    // Rounded down also before 1970, as everywhere else.
    `SELECT ${ms} - positiveModulo(${ms}, {interval:Int64}) AS ms, ${AGGREGATES[aggregation]} AS result, count() AS found ` +
    `FROM ${database}.${table} AS r WHERE r.device_id = {device:String} ` +
    (table === 'sensor_scalar' ? 'AND r.quantity = {quantity:String} ' : '') +
    'AND r.timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND r.timestamp <= fromUnixTimestamp64Milli({to:Int64}) ' +
    'GROUP BY ms ORDER BY ms';
  const params = {
    device: deviceId,
    interval: intervalMs,
    from: clampTime(Math.ceil(fromMs)),
    to: clampTime(Math.floor(toMs)),
    ...(table === 'sensor_scalar' && { quantity }),
  };
  return { sql, params };
}

export function bucketOf(row: ReadRow): HistoryBucket {
  return { timestampMs: numberOf(row, 'ms'), value: numberOf(row, 'result'), count: numberOf(row, 'found') };
}
