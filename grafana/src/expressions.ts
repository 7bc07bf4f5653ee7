// Macros of grafana-clickhouse-datasource, and what is asked of values in more than one panel.

/** Within the dashboard's time range, to the millisecond. */
export const inRange = (time: string): string => `$__timeFilter_ms(${time})`;

/** The interval that a time is in, as wide as a pixel of the panel or so. */
export const interval = (time: string): string => `$__timeInterval(${time})`;

/** Of the dashboard's variable: one device. */
export const thisDevice = (deviceId: string): string => `${deviceId} = \${device_id:singlequote}`;

/**
 * When readings were measured that were received within the range, which is what partitions and keys go by: without it, a look at an hour reads all
 * that there is. A device hands in what it has kept for a month at the most; its clock may be a day ahead.
 */
export const measuredFor = (time: string): string =>
  `${time} >= $__fromTime_ms - INTERVAL 31 DAY AND ${time} <= $__toTime_ms + INTERVAL 1 DAY`;

/** Since then, up to the end of the time range: how things stood then, also when nothing has happened within the range. */
export const before = (time: string, days: number): string =>
  `${time} > $__toTime_ms - INTERVAL ${days} DAY AND ${time} <= $__toTime_ms`;

/** Of the values that are known: an unknown one is NaN, and would make every sum NaN. `nan` when none is. */
export const known = (aggregate: string, value: string): string => `${aggregate}If(${value}, isFinite(${value}))`;

/** A quantile as ClickHouse's quantileExact has it: of n sorted values the one at ⌊level × n⌋, from 0. `quantiles` sorts once for all. */
export const quantile = (level: number, value: string): string =>
  `quantileExactIf(${level})(${value}, isFinite(${value}))`;

export const quantiles = (levels: readonly number[], value: string): string =>
  `quantilesExactIf(${levels.join(', ')})(${value}, isFinite(${value}))`;

/** A device that is taken out of use has a time here. */
export const inUse = (deletedAt: string): string => `toUnixTimestamp64Milli(${deletedAt}) = 0`;

/** A value as a table shows it: nothing where it is unknown. */
export const orNothing = (value: string): string => `if(isFinite(${value}), ${value}, NULL)`;

/** A feature of a recording by its name; NULL where it has none, or `null`. */
export function feature(features: string, name: string): string {
  if (!/^\w+$/.test(name))
    throw new Error(`feature ${JSON.stringify(name)}: expected letters, digits and _, e.g. rms_mean`);
  return `JSONExtract(${features}, 'values', '${name}', 'Nullable(Float64)')`;
}

/** Seconds in the dashboard's time range. */
export const RANGE_SECONDS = '((toUnixTimestamp64Milli($__toTime_ms) - toUnixTimestamp64Milli($__fromTime_ms)) / 1000)';
