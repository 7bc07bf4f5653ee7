import { defaultContext, systemClock, type Clock } from '@louver/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HttpConnection } from '../../src/http/http-connection.js';
import { clickhouseStorage } from '../../src/index.js';
import { chdbFront, type ChdbFront } from '../support/chdb-front.js';
import { scalarRow, T0 } from '../support/rows.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = tempFolder();
let front: ChdbFront;
beforeAll(async () => {
  front = await chdbFront(folder);
});
afterEach(() => {
  front.delay = undefined;
  front.intercept = undefined;
});
afterAll(() => front.close());

const isInsert = (sql: string): boolean => sql.startsWith('INSERT INTO iot.sensor_temperature');
const keyOf = (row: { readonly device_id: string; readonly message_id: string }) => ({
  deviceId: row.device_id,
  fromMs: T0,
  toMs: T0,
  id: row.message_id,
});

/** Holds inserts in the server until it is called; resolves once one is there. */
function holdInserts(): { readonly arrived: Promise<void>; readonly release: () => void } {
  let release = (): void => {};
  let arrive = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  front.delay = (sql) => {
    if (!isInsert(sql)) return undefined;
    arrive();
    return held;
  };
  return { arrived, release };
}

describe('an insert that the server carries out late', () => {
  test('after its time-out: the lookup waits for its end', async () => {
    const impatient = clickhouseStorage({ url: front.url, requestTimeoutMs: 400 });
    await impatient.open(defaultContext());
    const { release } = holdInserts();
    const row = scalarRow({ device_id: 'late' });
    await expect(impatient.write('sensor_temperature', [row])).rejects.toMatchObject({ retryable: true });
    const looking = impatient.present!('sensor_temperature', [keyOf(row)]);
    let answered = false;
    void looking.then(() => (answered = true));
    // The lookup asks more than once what runs; nothing can be found before the insert was let go.
    const asked = front.seen.length;
    await expect.poll(() => front.seen.length).toBeGreaterThan(asked + 2);
    expect(answered).toBe(false);
    release();
    expect(await looking).toEqual([true]);
    await impatient.close();
  });

  test('after its process was killed: the next one waits for its end as well', async () => {
    const killed = new HttpConnection(connectionOptions(front.url), systemClock);
    const { arrived, release } = holdInserts();
    const { time_source, message_id } = scalarRow();
    const row = { device_id: 'orphan', timestamp: new Date(T0).toISOString(), value: 1, time_source, message_id };
    const inserting = killed.insert({
      table: 'iot.sensor_temperature',
      columns: Object.keys(row),
      body: [Buffer.from(JSON.stringify(Object.values(row)))],
    });
    inserting.catch(() => undefined);
    await arrived;
    await killed.close();
    const next = clickhouseStorage({ url: front.url });
    await next.open(defaultContext());
    const looking = next.present!('sensor_temperature', [keyOf(row)]);
    const asked = front.seen.length;
    await expect.poll(() => front.seen.length).toBeGreaterThan(asked + 2);
    release();
    expect(await looking).toEqual([true]);
    await next.close();
  });

  test('one that does not end is killed', async () => {
    // Three views that sleep 2 s each after the row is there: the engine itself is busy with the insert.
    for (const view of ['slow_1', 'slow_2', 'slow_3']) {
      await front.sql(
        `CREATE MATERIALIZED VIEW iot.${view} ENGINE = Null AS ` +
          `SELECT sleepEachRow(2) AS slept FROM iot.sensor_temperature WHERE device_id = 'stuck'`,
      );
    }
    const connection = new HttpConnection(connectionOptions(front.url), hurriedClock);
    const row = { device_id: 'stuck', timestamp: new Date(T0).toISOString(), value: 1, message_id: 'stuck-1' };
    const started = performance.now();
    const controller = new AbortController();
    const insert = connection.insert(
      {
        table: 'iot.sensor_temperature',
        columns: Object.keys(row),
        body: [Buffer.from(JSON.stringify(Object.values(row)))],
      },
      controller.signal,
    );
    const isListed = async (): Promise<boolean> =>
      (await connection.query(`SELECT query FROM system.processes WHERE query LIKE 'INSERT%'`, {})) !== '';
    await expect.poll(isListed).toBe(true);
    controller.abort();
    await expect(insert).rejects.toMatchObject({ kind: 'aborted' });
    await connection.settleInserts();
    expect(performance.now() - started).toBeLessThan(5_500);
    expect(await isListed()).toBe(false);
    expect(front.seen.filter((sql) => sql.startsWith('KILL QUERY'))).toHaveLength(1);
    for (const view of ['slow_1', 'slow_2', 'slow_3']) await front.sql(`DROP VIEW iot.${view}`);
    await connection.close();
  });
});

/** 5 s of patience are over in 250 ms. */
const hurriedClock: Clock = {
  now: () => Date.now() * 20,
  sleep: (ms, signal) => systemClock.sleep(ms / 20, signal),
};

function connectionOptions(url: string) {
  return { url, requestTimeoutMs: 30_000, maxConnections: 10, compression: false };
}

test('a migration takes as long as the server works on it, and is not begun again', async () => {
  const isFeed = (sql: string): boolean => sql.startsWith('INSERT INTO slow.device_latest_recording');
  let release = (): void => {};
  let arrive = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  front.delay = (sql) => {
    if (isFeed(sql)) arrive();
    return isFeed(sql) || sql.includes('AS held') ? held : undefined;
  };
  const storage = clickhouseStorage({ url: front.url, database: 'slow', requestTimeoutMs: 500 });
  const opening = storage.open(defaultContext());
  await arrived;
  // Begun later and given up already, one after the other: it has taken longer than any other request may.
  const other = new HttpConnection(
    { url: front.url, requestTimeoutMs: 500, maxConnections: 1, compression: false },
    systemClock,
  );
  for (let i = 0; i < 3; i++) {
    await expect(other.query('SELECT 1 AS held', {})).rejects.toMatchObject({ kind: 'timeout' });
  }
  await other.close();
  release();
  await opening;
  expect(front.seen.filter(isFeed)).toHaveLength(1);
  await storage.close();
});
