import { systemClock } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { GuestReads } from '../../../src/embedded/http-front/guest-reads.js';
import type { GuestRequest } from '../../../src/embedded/http-front/guest-request.js';
import { DEFAULT_LIMITS } from '../../../src/embedded/http-front/guest-settings.js';
import type { GuestDoor } from '../../../src/embedded/guest-door.js';
import { front } from './rig.js';

const engine = front();
/** Longer than any limit: only who ends it comes past it. */
const ENDLESS = 'SELECT sum(sipHash64(number)) FROM numbers(1000000000000)';

/**
 * The door of the engine. A statement that `isMoment` is handed over after the reader has gone and the first attempt to end it is over: as if a thread of
 * the engine's had been slow to take it.
 */
function slow(door: GuestDoor, abort: AbortController, isMoment: (sql: string) => boolean): GuestDoor {
  let killed: () => void;
  const firstKill = new Promise<void>((resolve) => (killed = resolve));
  return {
    call: (call) => door.call(call),
    kill: (marker) => door.kill(marker).finally(() => killed()),
    openSession() {
      return new Proxy(door.openSession(), {
        get(session, name) {
          if (name === 'queryAsync') {
            return async (sql: string, options?: { readonly format: string }) => {
              if (isMoment(sql) && !abort.signal.aborted) {
                abort.abort();
                await firstKill;
              }
              return session.queryAsync(sql, options);
            };
          }
          const member: unknown = Reflect.get(session, name);
          return typeof member === 'function' ? (member.bind(session) as unknown) : member;
        },
      });
    },
  };
}

function asked(query: string): GuestRequest {
  return { query, fields: new Map(), queryId: 'a', defaultFormat: undefined, database: undefined, protocolVersion: 0 };
}

describe('a question that is given up ends in the engine, whatever it is at', () => {
  test.each([
    ['its text is read', 'CSV', /formatQuerySingleLine/],
    ['its plan is made', 'CSV', /\*\/ EXPLAIN/],
    ['its database is chosen', 'JSON', /^USE/],
    ['its settings are made', 'JSON', /^SET max_execution_time/],
    ['it is closed to changes', 'JSON', /^SET readonly/],
    ['it is handed over', 'JSON', /\*\/ SELECT sum/],
  ])('%s', async (_when, format, statement) => {
    const abort = new AbortController();
    const door = slow(engine.storage.guests, abort, (sql) => statement.test(sql));
    const reads = new GuestReads(door, engine.storage.database, DEFAULT_LIMITS, systemClock);
    const started = performance.now();
    await expect(reads.ask(asked(`${ENDLESS} FORMAT ${format}`), abort.signal)).rejects.toThrow();
    expect(abort.signal.aborted).toBe(true);
    expect(await engine.ask('SELECT 1')).toBe('1\n');
    expect(performance.now() - started).toBeLessThan(DEFAULT_LIMITS.timeoutMs / 3);
  });
});
