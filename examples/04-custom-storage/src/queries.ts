import { QUANTITY_TABLES, REPLAYED } from '@louver/core';
import type { DeadLetterQuery, QuantityRow, RangeQuery, Tables } from '@louver/core';
import type { Wanted } from './find-rows.js';

/** Which rows are the readings of a quantity. Not `QUANTITY_TABLES[quantity]` alone: a quantity may be called `constructor`. */
export function readingsOf(
  quantity: string,
  deviceId: string,
): {
  readonly table: 'sensor_temperature' | 'sensor_humidity' | 'sensor_scalar';
  readonly match: Wanted<object>['match'];
} {
  const own = Object.hasOwn(QUANTITY_TABLES, quantity) ? QUANTITY_TABLES[quantity] : undefined;
  const table = own ?? 'sensor_scalar';
  return {
    table,
    match: (row) => {
      const { device_id: id, quantity: named } = row as QuantityRow;
      return id === deviceId && (own !== undefined || named === quantity);
    },
  };
}

/** What a range asks for, of whichever table has devices. */
export function ofRange<R extends { readonly device_id: string }>(
  query: Omit<RangeQuery, 'limit'> & { readonly limit?: number },
): Wanted<R> {
  const { deviceId, fromMs = -Infinity, toMs = Infinity, limit = Infinity } = query;
  return { fromMs, toMs, limit, match: (row) => row.device_id === deviceId };
}

export function deadLettersOf(query: DeadLetterQuery, replayed: ReadonlySet<string>): Wanted<Tables['dead_letters']> {
  const { fromMs = -Infinity, toMs = Infinity, limit, deviceId, code } = query;
  const ids = query.messageIds === undefined ? undefined : new Set(query.messageIds);
  return {
    fromMs,
    toMs,
    limit,
    match: (row) =>
      row.code !== REPLAYED &&
      !replayed.has(row.message_id) &&
      (deviceId === undefined || row.device_id === deviceId) &&
      (code === undefined || row.code === code) &&
      (ids === undefined || ids.has(row.message_id)),
  };
}
