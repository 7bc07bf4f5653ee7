import { setImmediate as nextTurn } from 'node:timers/promises';
import { manualClock } from '@louver/core/testkit';
import { describe, expect, test } from 'vitest';
import { ConnectionFault, type Connection, type Params } from '../../src/connection.js';
import { UnsettledInserts } from '../../src/http/unsettled-inserts.js';

/** How long an insert of unknown outcome is waited for before it is ended. */
const WAIT_MS = 5_000;

/** system.processes as a set of ids; `kill` decides what KILL QUERY does to it. */
function server(running: Set<string>, kill: (ids: readonly string[]) => void = () => undefined) {
  const asked: string[] = [];
  const connection: Pick<Connection, 'query'> = {
    async query(sql: string, params: Params) {
      asked.push(sql.slice(0, 4));
      const ids = params['ids'] as readonly string[] | undefined;
      if (sql.startsWith('KILL')) kill(ids!);
      const found = ids?.filter((id) => running.has(id)) ?? [...running];
      return found.map((query_id) => JSON.stringify({ query_id })).join('\n');
    },
  };
  return { ...connection, asked, kills: () => asked.filter((sql) => sql === 'KILL').length };
}

const denied = new ConnectionFault('Not enough privileges', { kind: 'server', clickhouseCode: 497 });

function setUp() {
  const clock = manualClock(0);
  const unsettled = new UnsettledInserts(clock);
  /** Settles while time goes on. */
  const settle = async (connection: Pick<Connection, 'query'>, ms = 0): Promise<void> => {
    const settling = unsettled.settle(connection);
    settling.catch(() => undefined);
    await nextTurn();
    await clock.advance(ms);
    await settling;
  };
  return { unsettled, settle, clock };
}

describe('unsettled inserts', () => {
  test('nothing in doubt asks nothing', async () => {
    const connection = server(new Set());
    await setUp().settle(connection);
    expect(connection.asked).toEqual([]);
  });

  test('an insert that has ended is settled and not asked for again', async () => {
    const connection = server(new Set(['other']));
    const { unsettled, settle } = setUp();
    unsettled.add('q1');
    await settle(connection);
    await settle(connection);
    expect(connection.asked).toEqual(['SELE']);
  });

  test('one that goes on is waited for', async () => {
    const running = new Set(['q1']);
    const connection = server(running);
    const { unsettled, clock } = setUp();
    unsettled.add('q1');
    const settling = unsettled.settle(connection);
    await nextTurn();
    await clock.advance(WAIT_MS / 2);
    running.clear();
    await clock.advance(WAIT_MS / 10);
    await settling;
    expect(connection.kills()).toBe(0);
  });

  test('and ended when it does not end', async () => {
    const running = new Set(['q1', 'other']);
    const connection = server(running, (ids) => ids.forEach((id) => running.delete(id)));
    const { unsettled, settle } = setUp();
    unsettled.add('q1');
    await settle(connection, WAIT_MS);
    expect(connection.kills()).toBe(1);
    expect([...running]).toEqual(['other']);
  });

  test('while it cannot be ended the lookup is refused, and asked again next time', async () => {
    const running = new Set(['q1']);
    const connection = server(running, () => {
      throw denied;
    });
    const { unsettled, settle } = setUp();
    unsettled.add('q1');
    await expect(settle(connection, WAIT_MS)).rejects.toThrow('still running');
    running.clear();
    connection.asked.length = 0;
    await settle(connection);
    await settle(connection);
    expect(connection.asked).toEqual(['SELE']);
  });

  test('a lookup that is given up does not wait on', async () => {
    const { unsettled } = setUp();
    unsettled.add('q1');
    const controller = new AbortController();
    const settling = unsettled.settle(server(new Set(['q1'])), controller.signal);
    await nextTurn();
    controller.abort();
    await expect(settling).rejects.toMatchObject({ kind: 'aborted' });
  });

  test('a user who may not look at processes is not held up', async () => {
    const { unsettled, settle } = setUp();
    unsettled.add('q1');
    await settle({ query: () => Promise.reject(denied) });
    await unsettled.adopt({ query: () => Promise.reject(denied) }, 'iot');
    const away = new ConnectionFault('nothing listens there', { kind: 'network' });
    unsettled.add('q2');
    await expect(settle({ query: () => Promise.reject(away) })).rejects.toThrow('nothing listens');
  });

  test('what a killed process left running is taken over', async () => {
    const running = new Set(['of a killed process']);
    const connection = server(running);
    const { unsettled, clock } = setUp();
    await unsettled.adopt(connection, 'iot');
    const settling = unsettled.settle(connection);
    let isSettled = false;
    void settling.then(() => (isSettled = true));
    await nextTurn();
    await clock.advance(WAIT_MS / 2);
    expect(isSettled).toBe(false);
    running.clear();
    await clock.advance(WAIT_MS / 10);
    await settling;
  });

  test('remembers a bounded number', async () => {
    const connection = server(new Set());
    const { unsettled, settle } = setUp();
    for (let i = 0; i < 1000; i++) unsettled.add(`q${i}`);
    let ids = 0;
    await settle({
      query: (sql, params) => ((ids = params['ids']!.toString().split(',').length), connection.query(sql, params)),
    });
    expect(ids).toBe(256);
  });
});
