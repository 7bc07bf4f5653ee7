import type { DeadLetterQuery } from '@louver/core';
import { SELECT_SETTINGS } from '../connection.js';
import type { Statement } from './statement.js';
import { clampTime, MAX_TIME_MS, MIN_TIME_MS } from './times.js';

/**
 * Dead letters that have no marker, newest first. The inner SELECT reads four short columns, the outer one only what the primary key points
 * at: payloads are long, and most are not asked for.
 */
export function deadLetterStatement(database: string, query: DeadLetterQuery): Statement {
  const { deviceId, code, messageIds, fromMs, toMs, limit, maxPayloadChars } = query;
  const table = `${database}.dead_letters`;
  const wanted = (row: string): string =>
    `${row}.received_at >= fromUnixTimestamp64Milli({from:Int64}) AND ${row}.received_at <= fromUnixTimestamp64Milli({to:Int64}) ` +
    `AND ${row}.code != 'replayed' ` +
    (deviceId === undefined ? '' : `AND ${row}.device_id = {device:String} `) +
    (code === undefined ? '' : `AND ${row}.code = {code:String} `);
  const newest = (row: string): string =>
    `ORDER BY ${row}.received_at DESC, ${row}.message_id DESC LIMIT {limit:UInt32}`;
  const payload = maxPayloadChars === undefined ? 'r.payload' : 'substring(r.payload, 1, {chars:UInt32})';
  const sql =
    'SELECT toUnixTimestamp64Milli(r.received_at) AS ms, r.topic AS topic, r.device_id AS device, r.code AS code, r.detail AS detail, ' +
    `${payload} AS content, r.message_id AS message_id FROM ${table} AS r WHERE ${wanted('r')}` +
    `AND (r.device_id, r.received_at, r.message_id) IN (SELECT n.device_id, n.received_at, n.message_id FROM ${table} AS n ` +
    `WHERE ${wanted('n')}` +
    (messageIds === undefined ? '' : 'AND n.message_id IN {ids:Array(String)} ') +
    // Somebody else's rows may have no id: one of them says nothing of another.
    "AND (n.message_id = '' OR n.message_id NOT IN " +
    `(SELECT d.message_id FROM ${table} AS d WHERE d.code = 'replayed')) ${newest('n')}) ${newest('r')} ${SELECT_SETTINGS}`;
  const params = {
    from: clampTime(Math.ceil(fromMs ?? MIN_TIME_MS)),
    to: clampTime(Math.floor(toMs ?? MAX_TIME_MS)),
    limit: uint32(limit),
    ...(deviceId !== undefined && { device: deviceId }),
    ...(code !== undefined && { code }),
    ...(messageIds !== undefined && { ids: messageIds }),
    ...(maxPayloadChars !== undefined && { chars: uint32(maxPayloadChars) }),
  };
  return { sql, params };
}

function uint32(value: number): number {
  return Math.min(0xffffffff, Math.max(0, Math.floor(value)));
}
