import { describe, expect, test } from 'vitest';
import { ConnectionFault, type Connection, type Params } from '../../src/connection.js';
import { UnsettledInserts } from '../../src/http/unsettled-inserts.js';

/** system.processes as a set of ids; `kill` decides what KILL QUERY does to it. */
function server(
  running: Set<string>,
  kill: (ids: readonly string[]) => void,
): Pick<Connection, 'query'> & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async query(sql: string, params: Params) {
      const ids = params['ids'] as readonly string[];
      asked.push(sql.slice(0, 4));
      if (sql.startsWith('KILL')) kill(ids);
      const found = ids.filter((id) => running.has(id));
      return found.map((query_id) => JSON.stringify({ query_id })).join('\n');
    },
  };
}

describe('unsettled inserts', () => {
  test('nothing in doubt asks nothing', async () => {
    const connection = server(new Set(), () => undefined);
    await new UnsettledInserts().settle(connection);
    expect(connection.asked).toEqual([]);
  });

  test('an insert that has ended is settled and not asked for again', async () => {
    const connection = server(new Set(['other']), () => undefined);
    const unsettled = new UnsettledInserts();
    unsettled.add('q1');
    await unsettled.settle(connection);
    await unsettled.settle(connection);
    expect(connection.asked).toEqual(['SELE']);
  });

  test('an insert that goes on is ended first', async () => {
    const running = new Set(['q1', 'other']);
    const connection = server(running, (ids) => ids.forEach((id) => running.delete(id)));
    const unsettled = new UnsettledInserts();
    unsettled.add('q1');
    await unsettled.settle(connection);
    expect(connection.asked).toEqual(['SELE', 'KILL', 'SELE']);
    expect([...running]).toEqual(['other']);
  });

  test('while it cannot be ended the lookup is refused, and asked again next time', async () => {
    const running = new Set(['q1']);
    const connection = server(running, () => {
      throw new ConnectionFault('Not enough privileges', { kind: 'server', clickhouseCode: 497 });
    });
    const unsettled = new UnsettledInserts();
    unsettled.add('q1');
    await expect(unsettled.settle(connection)).rejects.toThrow('still running');
    running.clear();
    await unsettled.settle(connection);
    await unsettled.settle(connection);
    expect(connection.asked).toEqual(['SELE', 'KILL', 'SELE', 'SELE']);
  });

  test('a user who may not look at processes is not held up', async () => {
    const denied = new ConnectionFault('Not enough privileges', { kind: 'server', clickhouseCode: 497 });
    const unsettled = new UnsettledInserts();
    unsettled.add('q1');
    await unsettled.settle({ query: () => Promise.reject(denied) });
    const away = new ConnectionFault('nothing listens there', { kind: 'network' });
    unsettled.add('q2');
    await expect(unsettled.settle({ query: () => Promise.reject(away) })).rejects.toThrow('nothing listens');
  });

  test('remembers a bounded number', async () => {
    const connection = server(new Set(), () => undefined);
    const unsettled = new UnsettledInserts();
    for (let i = 0; i < 1000; i++) unsettled.add(`q${i}`);
    let ids = 0;
    await unsettled.settle({
      query: (sql, params) => ((ids = params['ids']!.toString().split(',').length), connection.query(sql, params)),
    });
    expect(ids).toBe(256);
  });
});
