import { clampTime, MAX_TIME_MS, MIN_TIME_MS } from './times.js';

/** How far back is looked first, and then how far if there was too little. */
const WINDOWS_MS = [86_400_000, 30 * 86_400_000, Infinity];

/** Bounds inclusive. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The bounds of a question as the database can hold them. */
export function timeRange({ fromMs, toMs }: { readonly fromMs?: number; readonly toMs?: number }): TimeRange {
  return { fromMs: clampTime(Math.ceil(fromMs ?? MIN_TIME_MS)), toMs: clampTime(Math.floor(toMs ?? MAX_TIME_MS)) };
}

/**
 * The newest `limit` rows of a range, newest first, without reading what is older: the range in windows from its end, each before the last,
 * until there are enough.
 * @param newestMs of any row in the table: asked only where the range is longer than the first window.
 * @param select the newest rows of a window, newest first.
 */
export async function newestFirst<R>(
  { fromMs, toMs }: TimeRange,
  limit: number,
  newestMs: () => Promise<number>,
  select: (window: TimeRange, limit: number) => Promise<readonly R[]>,
): Promise<R[]> {
  if (limit <= 0 || fromMs > toMs) return [];
  if (toMs - fromMs <= WINDOWS_MS[0]!) return [...(await select({ fromMs, toMs }, limit))];
  const endMs = Math.min(toMs, await newestMs());
  const found: R[] = [];
  let nextMs = endMs;
  for (const windowMs of WINDOWS_MS) {
    const window = { fromMs: Math.max(fromMs, endMs - windowMs), toMs: nextMs };
    if (window.fromMs > window.toMs) break;
    for (const row of await select(window, limit - found.length)) found.push(row);
    nextMs = window.fromMs - 1;
    if (found.length >= limit) break;
  }
  return found;
}
