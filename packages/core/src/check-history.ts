import { LouverError } from './errors.js';
import type { Aggregation, HistoryQuery } from './storage-reader.js';

const AGGREGATIONS: Readonly<Record<Aggregation, true>> = { mean: true, min: true, max: true, count: true, last: true };

/** Throws `E_CONFIG` for a history that there cannot be: what a reader refuses before it reads. */
export function checkHistory({ fromMs, toMs, intervalMs, aggregation }: HistoryQuery): void {
  const refuse = (member: string, found: unknown, expected: string): never => {
    const shown = typeof found === 'string' ? JSON.stringify(found) : String(found);
    throw new LouverError('E_CONFIG', `${member} is ${shown}, expected ${expected}`);
  };
  if (!Number.isInteger(intervalMs) || intervalMs < 1) refuse('intervalMs', intervalMs, 'an integer from 1');
  if (!Object.hasOwn(AGGREGATIONS, aggregation)) {
    refuse('aggregation', aggregation, `one of ${Object.keys(AGGREGATIONS).join(', ')}`);
  }
  for (const [name, ms] of Object.entries({ fromMs, toMs })) if (Number.isNaN(ms)) refuse(name, ms, 'a time in ms');
}
