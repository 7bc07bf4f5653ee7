import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ApiContext } from './api-types.js';

/** Rows written in one turn of the event loop: a recording's row has 2 kB of features and takes about 10 µs. */
const ROWS_PER_TURN = 250;

/**
 * Answers with `head` and a list under `name`. A long list is streamed in slices, as fast as it is read: 10,000 recordings are 20 MB of
 * JSON, and the event loop, which readings need too, is not held for the time that this takes.
 */
export function jsonList<R>(
  c: ApiContext,
  head: Readonly<Record<string, unknown>>,
  name: string,
  rows: readonly R[],
  toJson: (row: R) => object,
): Response {
  const headers = { 'content-type': 'application/json' };
  if (rows.length <= ROWS_PER_TURN) {
    return c.body(JSON.stringify({ ...head, [name]: rows.map(toJson) }), 200, headers);
  }
  const [opening, closing] = JSON.stringify({ ...head, [name]: [0] }).split(/0(?=]}$)/) as [string, string];
  const encoder = new TextEncoder();
  let next = 0;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (next > 0) await nextTurn();
      const slice = rows.slice(next, next + ROWS_PER_TURN).map(toJson);
      const before = next === 0 ? opening : ',';
      next += slice.length;
      const after = next === rows.length ? closing : '';
      controller.enqueue(encoder.encode(before + JSON.stringify(slice).slice(1, -1) + after));
      if (next === rows.length) controller.close();
    },
  });
  return c.body(stream, 200, headers);
}
