// Macros of grafana-clickhouse-datasource, and what is asked of values in more than one panel.

/** Within the dashboard's time range, to the millisecond. */
export const inRange = (time: string): string => `$__timeFilter_ms(${time})`;

/** The interval that a time is in, as wide as a pixel of the panel or so. */
export const interval = (time: string): string => `$__timeInterval(${time})`;

/** Of the dashboard's variable: one device. */
export const thisDevice = (deviceId: string): string => `${deviceId} = \${device_id:singlequote}`;

/** Since then, up to the end of the time range: how things stood then, also when nothing has happened within the range. */
export const before = (time: string, days: number): string =>
  `${time} > $__toTime_ms - INTERVAL ${days} DAY AND ${time} <= $__toTime_ms`;

/** Of the values that are known: an unknown one is NaN, and would make every sum NaN. `nan` when none is. */
export const known = (aggregate: string, value: string): string => `${aggregate}If(${value}, isFinite(${value}))`;

/** For a table: an unknown number is nothing, instead of NaN. */
export const orNull = (value: string): string => `if(isFinite(${value}), ${value}, NULL)`;

/** A quantile as ClickHouse's quantileExact has it: of n sorted values the one at ⌊level × n⌋, from 0. */
export const quantile = (level: number, value: string): string =>
  `quantileExactIf(${level})(${value}, isFinite(${value}))`;

/** A device that is taken out of use has a time here. */
export const inUse = (deletedAt: string): string => `toUnixTimestamp64Milli(${deletedAt}) = 0`;

/** A feature of a recording by its name; NULL where it has none. */
export const feature = (features: string, name: string): string =>
  `if(JSONHas(${features}, 'values', '${name}'), JSONExtractFloat(${features}, 'values', '${name}'), NULL)`;

/** Seconds in the dashboard's time range. */
export const RANGE_SECONDS = '((toUnixTimestamp64Milli($__toTime_ms) - toUnixTimestamp64Milli($__fromTime_ms)) / 1000)';
