import { ONE_SERVER, type Dialect } from './dialect.js';
import { feedLatest, type LatestSource } from './latest.js';
import { createTable } from './statements.js';

/** Where each table finds the quantity of a reading. */
const QUANTITIES = [
  { table: 'sensor_temperature', view: 'device_latest_temperature', quantity: "'temperature'" },
  { table: 'sensor_humidity', view: 'device_latest_humidity', quantity: "'humidity'" },
  { table: 'sensor_scalar', view: 'device_latest_scalar', quantity: 'r.quantity' },
] as const;

export const VALUE_SOURCES: readonly LatestSource[] = QUANTITIES.map(({ table, view, quantity }) => ({
  table,
  view,
  target: 'device_latest',
  select: (database, { dialect = ONE_SERVER, where } = {}) =>
    `SELECT r.device_id AS device_id, toLowCardinality(${quantity}) AS quantity, max(r.timestamp) AS timestamp, ` +
    `argMaxState(r.value, (r.timestamp, r.received_at)) AS value FROM ${database}.${dialect.local(table)} AS r ` +
    `${where === undefined ? '' : `WHERE ${where} `}GROUP BY device_id, quantity`,
}));

/**
 * The newest reading of every device and quantity, kept up by the inserts themselves. Of two readings of one millisecond the one that was
 * received later counts.
 */
export function latestValueStatements(dialect: Dialect, database: string): string[] {
  return [
    ...createTable(dialect, database, {
      name: 'device_latest',
      columns: [
        'device_id String',
        'quantity LowCardinality(String)',
        'timestamp SimpleAggregateFunction(max, DateTime64(3))',
        'value AggregateFunction(argMax, Float64, Tuple(DateTime64(3), DateTime64(3)))',
      ],
      engine: 'AggregatingMergeTree()',
      orderBy: '(device_id, quantity)',
    }),
    ...feedLatest(dialect, database, VALUE_SOURCES),
  ];
}
