import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ApiContext } from './api-types.js';

/** Rows written in one turn of the event loop: a recording's row has 2 kB of features and takes about 10 µs. */
const ROWS_PER_TURN = 250;

/**
 * Answers with `head` and a list under `name`. A long list is written in slices: 10,000 recordings are 20 MB of JSON, and the event loop,
 * which readings need too, is not held for the time that this takes.
 */
export async function jsonList<R>(
  c: ApiContext,
  head: Readonly<Record<string, unknown>>,
  name: string,
  rows: readonly R[],
  toJson: (row: R) => object,
): Promise<Response> {
  const slices: string[] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_TURN) {
    if (from > 0) await nextTurn();
    const slice = rows.slice(from, from + ROWS_PER_TURN).map(toJson);
    slices.push(JSON.stringify(slice).slice(1, -1));
  }
  const opening = JSON.stringify(head).slice(0, -1);
  const text = `${opening}${opening === '{' ? '' : ','}${JSON.stringify(name)}:[${slices.join(',')}]}`;
  return c.body(text, 200, { 'content-type': 'application/json' });
}
