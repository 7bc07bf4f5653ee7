/** What DateTime64(3) can hold: 1900-01-01T00:00:00.000Z … 2299-12-31T23:59:59.999Z. */
export const MIN_TIME_MS = Date.UTC(1900, 0, 1);
export const MAX_TIME_MS = Date.UTC(2300, 0, 1) - 1;

/** A bound of a time range, made integral and moved into what ClickHouse can hold: beyond it values wrap around. */
export function clampTime(ms: number): number {
  return Math.min(MAX_TIME_MS, Math.max(MIN_TIME_MS, Math.round(ms)));
}
