import type { Dialect } from './dialect.js';
import { alterRows } from './statements.js';

/**
 * How dead letters are found without reading all of them: their table is ordered by device. The projections have what a list is chosen by, in the
 * order of time, and code by code; the index skips what cannot hold an id.
 */
export function deadLetterIndexStatements(dialect: Dialect, database: string): string[] {
  return [
    'ADD PROJECTION IF NOT EXISTS by_time (SELECT received_at, device_id, code, message_id ORDER BY received_at)',
    'ADD PROJECTION IF NOT EXISTS by_code (SELECT code, received_at, device_id, message_id ORDER BY code, received_at)',
    'ADD INDEX IF NOT EXISTS by_id message_id TYPE bloom_filter(0.001) GRANULARITY 1',
    'MATERIALIZE PROJECTION by_time',
    'MATERIALIZE PROJECTION by_code',
    'MATERIALIZE INDEX by_id',
  ].map((change) => alterRows(dialect, database, 'dead_letters', change));
}
