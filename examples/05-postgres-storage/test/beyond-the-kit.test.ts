import { defaultContext, type RowKey, type ScalarRow } from '@louver/core';
import { tcpFaults } from '@louver/core/testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lookUpSql, lookUpValues } from '../src/look-up.js';
import { newestSql } from '../src/newest.js';
import { postgresStorage } from '../src/postgres-storage.js';
import { holding, waiting } from './support/locks.js';
import { onPostgres, postgresOfFile, skipWithoutPostgres } from './support/postgres-process.js';

const T0 = 1_700_000_000_000;

function reading(place: number, members: Partial<ScalarRow> = {}): ScalarRow {
  return {
    timestamp: T0 + place,
    device_id: `device-${place % 10}`,
    value: place,
    message_id: `message-${place}`,
    received_at: T0 + place,
    time_source: 'device',
    device_timestamp: '',
    ...members,
  };
}

function keyOf({ device_id, message_id, timestamp }: ScalarRow): RowKey {
  return { deviceId: device_id, id: message_id, fromMs: timestamp, toMs: timestamp };
}

const server = await postgresOfFile();

describe.skipIf(skipWithoutPostgres)(`what the kit does not ask, on ${onPostgres}`, () => {
  const { url, password } = server;

  async function opened(schema: string, address = url) {
    const storage = postgresStorage({ url: address, password, schema });
    await storage.open(defaultContext());
    onTestFinished(() => storage.close());
    return storage;
  }

  const count = async (table: string) => Number((await server.sql(`SELECT count(*) FROM ${table}`))[0]!['count']);

  test('a write that was given up is over before a look-up calls it missing: it cannot come later', async () => {
    const storage = await opened('given_up');
    const unlock = await holding(server, 'LOCK TABLE given_up.sensor_temperature IN SHARE MODE');
    const giveUp = new AbortController();
    const written = storage.write('sensor_temperature', [reading(1)], { signal: giveUp.signal });
    await expect.poll(() => waiting(server, 'given_up')).toHaveLength(1);
    giveUp.abort();
    await expect(written).rejects.toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    // The server has not noticed: it goes on as soon as it may.
    expect(await waiting(server, 'given_up')).toHaveLength(1);

    expect(await storage.present!('sensor_temperature', [keyOf(reading(1))])).toEqual([false]);
    expect(await waiting(server, 'given_up')).toHaveLength(0);
    await unlock();
    await storage.write('sensor_temperature', [reading(1)]);
    expect(await count('given_up.sensor_temperature')).toBe(1);
  });

  test('a write that a process before has left is over once the next one is open', async () => {
    const before = await opened('orphaned');
    const unlock = await holding(server, 'LOCK TABLE orphaned.sensor_temperature IN SHARE MODE');
    const written = before.write('sensor_temperature', [reading(1)]);
    const failed = expect(written).rejects.toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    await expect.poll(() => waiting(server, 'orphaned')).toHaveLength(1);

    const after = await opened('orphaned');
    expect(await waiting(server, 'orphaned')).toHaveLength(0);
    await failed;
    await unlock();
    expect(await after.present!('sensor_temperature', [keyOf(reading(1))])).toEqual([false]);
    await after.write('sensor_temperature', [reading(1)]);
    expect(await count('orphaned.sensor_temperature')).toBe(1);
    // The other one is not locked out: what it writes next has a session of its own again.
    await before.write('sensor_temperature', [reading(2)]);
    expect(await count('orphaned.sensor_temperature')).toBe(2);
  });

  test('a write whose connection is lost at COMMIT is in doubt, and a look-up tells that it has happened', async () => {
    const network = await tcpFaults({ port: server.port });
    onTestFinished(() => network.close());
    const storage = await opened('cut', url.replace(String(server.port), String(network.port)));
    // Deferred: it waits for the lock when the transaction commits.
    await server.sql(`CREATE FUNCTION cut.wait() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END'`);
    await server.sql(`CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON cut.sensor_temperature
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut.wait()`);
    const unlock = await holding(server, 'SELECT pg_advisory_xact_lock(7)');
    const written = storage.write('sensor_temperature', [reading(1)]);
    await expect.poll(() => waiting(server, 'cut')).toHaveLength(1);
    network.cut();
    await expect(written).rejects.toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    expect(await count('cut.sensor_temperature')).toBe(0);

    await unlock();
    await expect.poll(() => count('cut.sensor_temperature')).toBe(1);
    expect(await storage.present!('sensor_temperature', [keyOf(reading(1))])).toEqual([true]);
  });

  test('a write with a row that a constraint of the operator’s refuses leaves no row, and is no illness', async () => {
    const storage = await opened('checked');
    await server.sql('ALTER TABLE checked.sensor_temperature ADD CHECK (value < 5000)');
    const rows = Array.from({ length: 6_000 }, (_, place) => reading(place));
    await expect(storage.write('sensor_temperature', rows)).rejects.toMatchObject({
      code: 'E_STORAGE_REJECTED',
      message: expect.stringContaining('violates check constraint "sensor_temperature_value_check" (23514)') as string,
    });
    expect(await count('checked.sensor_temperature')).toBe(0);
    expect(storage.health!()).toEqual({ ok: true });
    await storage.write('sensor_temperature', rows.slice(0, 5_000));
    expect(await count('checked.sensor_temperature')).toBe(5_000);
  });

  test('a resolved write is on disk, also where the server is set not to wait for that', async () => {
    await server.sql('CREATE ROLE hurried LOGIN SUPERUSER PASSWORD $$of the hurried$$');
    await server.sql('ALTER ROLE hurried SET synchronous_commit = off');
    const storage = postgresStorage({
      url: url.replace('postgres@', 'hurried@'),
      password: 'of the hurried',
      schema: 'hurried',
    });
    await storage.open(defaultContext());
    onTestFinished(() => storage.close());
    // Refuses whatever is committed without waiting.
    await server.sql(`ALTER TABLE hurried.sensor_temperature ADD CHECK (current_setting('synchronous_commit') = 'on')`);
    await storage.write('sensor_temperature', [reading(1)]);
    expect(await count('hurried.sensor_temperature')).toBe(1);
  });

  test('a payload is cut by characters, not by what stands for them in PostgreSQL', async () => {
    const storage = await opened('payloads');
    const payload = '\0a\u0010\0\0b😀c';
    const letter = { received_at: T0, topic: '', device_id: '', code: 'not-json', detail: '', payload, message_id: '' };
    await storage.write('dead_letters', [letter]);
    for (let maxPayloadChars = 0; maxPayloadChars <= payload.length; maxPayloadChars += 1) {
      const [found] = await storage.reader.deadLetters({ limit: 1, maxPayloadChars });
      expect(found!.payload).toBe(payload.slice(0, maxPayloadChars));
    }
  });

  test('a table that is gone: the rows are good, and health says what is wrong until it is mended', async () => {
    const storage = await opened('renamed');
    await server.sql('ALTER TABLE renamed.sensor_temperature RENAME TO elsewhere');
    await expect(storage.write('sensor_temperature', [reading(1)])).rejects.toMatchObject({
      code: 'E_STORAGE_UNAVAILABLE',
      message: expect.stringContaining('relation "renamed.sensor_temperature" does not exist (42P01)') as string,
    });
    expect(storage.health!()).toMatchObject({ ok: false });
    await server.sql('ALTER TABLE renamed.elsewhere RENAME TO sensor_temperature');
    await storage.write('sensor_temperature', [reading(1)]);
    expect(storage.health!()).toEqual({ ok: true });
  });

  test('a database that was away is well again without a write', async () => {
    const storage = await opened('probed');
    await server.stop('SIGINT');
    await expect(storage.reader.devices()).rejects.toMatchObject({ code: 'E_STORAGE_UNAVAILABLE' });
    expect(storage.health!()).toMatchObject({ ok: false });
    await server.start();
    await expect.poll(() => storage.health!()).toEqual({ ok: true });
  });

  test('each table is looked up, and its newest rows are found, by an index', async () => {
    const storage = await opened('indexed');
    const rows = Array.from({ length: 20_000 }, (_, place) => reading(place));
    await storage.write('sensor_temperature', rows);
    await server.sql('ANALYZE indexed.sensor_temperature');
    const planOf = async (text: string, values: readonly unknown[]) =>
      JSON.stringify(await server.sql(`EXPLAIN (FORMAT JSON) ${text}`, values));
    const week = { fromMs: T0 - 302_400_000, toMs: T0 + 302_400_000 };
    const keys = rows.slice(0, 5_000).flatMap((row) => [keyOf(row), { ...keyOf(row), ...week }]);
    const lookUp = await planOf(lookUpSql('indexed', 'sensor_temperature')!, lookUpValues(keys));
    const newest = await planOf(newestSql('indexed', { table: 'sensor_temperature', columns: 'stored.value' }), []);
    for (const plan of [lookUp, newest]) {
      expect(plan).toMatch(/Index (Only )?Scan/);
      expect(plan).not.toContain('Seq Scan');
    }
  });
});
