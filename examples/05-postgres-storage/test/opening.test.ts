import { createServer, type AddressInfo } from 'node:net';
import { defaultContext, type LouverError } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { postgresStorage, type PostgresStorageOptions } from '../src/postgres-storage.js';
import { onPostgres, postgresOfFile, skipWithoutPostgres } from './support/postgres-process.js';

const URL_ALONE = 'postgres://postgres@127.0.0.1:5432/postgres';

test.each([
  [{ url: '127.0.0.1:5432' }, 'url is not a PostgreSQL address: expected postgres://user@host:5432/database'],
  [{ url: URL_ALONE, schema: 'a"b' }, 'schema is "a\\"b": expected a to z, 0 to 9 and _, at most 40 characters'],
  [{ url: URL_ALONE, timeoutMs: 0 }, 'timeoutMs is 0: expected whole milliseconds from 1 on'],
])('what cannot be meant is E_CONFIG before anything is done: %o', (options: PostgresStorageOptions, words) => {
  expect(() => postgresStorage(options)).toThrow(
    expect.objectContaining({ code: 'E_CONFIG', message: `E_CONFIG: ${words}` }),
  );
});

const server = await postgresOfFile();

describe.skipIf(skipWithoutPostgres)(`opening over ${onPostgres}`, () => {
  const { url, password } = server;
  const at = (database: string, user = 'postgres'): string => `postgres://${user}@127.0.0.1:${server.port}/${database}`;

  /** What `open` rejects with, and that nothing of it is left: closing it ends at once. */
  async function refusal(options: Partial<PostgresStorageOptions>): Promise<LouverError> {
    const storage = postgresStorage({ url, password, ...options });
    const error = await storage.open(defaultContext()).then(
      () => expect.unreachable('it opened'),
      (found: unknown) => found,
    );
    await storage.close();
    return error as LouverError;
  }

  test('a wrong password', async () => {
    expect(await refusal({ password: 'guessed' })).toMatchObject({
      code: 'E_CONFIG',
      message: `E_CONFIG: PostgreSQL, opening 127.0.0.1:${server.port}/postgres: password authentication failed for user "postgres" (28P01); check user and password of the URL`,
    });
  });

  test('no password', async () => {
    const error = await refusal({ password: '' });
    expect(error.code).toBe('E_CONFIG');
    expect(error.message).toMatch(/password.*; check password and sslmode of the URL$/);
  });

  test('a user that is not there', async () => {
    const error = await refusal({ url: at('postgres', 'nobody') });
    expect(error.code).toBe('E_CONFIG');
    expect(error.message).toContain('password authentication failed for user "nobody"');
  });

  test('a missing database', async () => {
    const error = await refusal({ url: at('nowhere') });
    expect(error.code).toBe('E_CONFIG');
    expect(error.message).toContain('database "nowhere" does not exist (3D000); make it (createdb), or mend the URL');
  });

  test('a missing right: to make the schema, to use it, to write one of its tables', async () => {
    await server.sql(`CREATE ROLE reader LOGIN PASSWORD 'of the reader'`);
    const asReader = { url: at('postgres', 'reader'), password: 'of the reader' };
    const making = await refusal({ ...asReader, schema: 'not_made' });
    expect(making.code).toBe('E_CONFIG');
    expect(making.message).toMatch(/permission denied for database postgres \(42501\); grant the user what is missing/);

    const storage = postgresStorage({ url, password, schema: 'of_postgres' });
    await storage.open(defaultContext());
    await storage.close();
    const using = await refusal({ ...asReader, schema: 'of_postgres' });
    expect(using.code).toBe('E_CONFIG');
    expect(using.message).toContain('permission denied for schema of_postgres (42501)');

    await server.sql('GRANT USAGE ON SCHEMA of_postgres TO reader');
    await server.sql('GRANT ALL ON ALL TABLES IN SCHEMA of_postgres TO reader');
    await server.sql('REVOKE INSERT ON of_postgres.sensor_audio FROM reader');
    const writing = await refusal({ ...asReader, schema: 'of_postgres' });
    expect(writing).toMatchObject({
      code: 'E_CONFIG',
      message: 'E_CONFIG: user reader has not the right to INSERT on sensor_audio in schema of_postgres: grant it',
    });

    await server.sql('GRANT INSERT ON of_postgres.sensor_audio TO reader');
    const granted = postgresStorage({ ...asReader, schema: 'of_postgres' });
    await granted.open(defaultContext());
    await granted.close();
  });

  test('tables with other columns, each difference a line; a column of somebody else’s that needs no value is no difference', async () => {
    const storage = postgresStorage({ url, password, schema: 'altered' });
    await storage.open(defaultContext());
    await storage.close();
    await server.sql('ALTER TABLE altered.sensor_audio DROP COLUMN features, ADD COLUMN remark text');
    await server.sql('ALTER TABLE altered.sensor_humidity ALTER COLUMN value TYPE numeric');
    await server.sql('ALTER TABLE altered.window_states ADD COLUMN tenant text NOT NULL');
    expect(await refusal({ schema: 'altered' })).toMatchObject({
      code: 'E_CONFIG',
      message: [
        'E_CONFIG: the tables in schema altered have other columns: mend them, or use another schema',
        '- sensor_humidity.value is numeric, expected double precision',
        '- sensor_audio.features is missing, expected text',
        '- window_states.tenant is not expected, and has no default',
      ].join('\n'),
    });
  });

  test('tables of a newer program', async () => {
    const storage = postgresStorage({ url, password, schema: 'newer' });
    await storage.open(defaultContext());
    await storage.close();
    await server.sql('INSERT INTO newer.schema_version VALUES (7, now())');
    const error = await refusal({ schema: 'newer' });
    expect(error.code).toBe('E_CONFIG');
    expect(error.message).toContain(
      'the tables in schema newer are of version 7, this program knows 1: use the program',
    );
  });

  test('a database that has not every character', async () => {
    await server.sql(`CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);
    const error = await refusal({ url: at('latin') });
    expect(error.code).toBe('E_CONFIG');
    expect(error.message).toMatch(/encoding is LATIN1, which has not every character: make one with createdb/);
  });

  test('a server without TLS, where TLS is asked for', async () => {
    const error = await refusal({ url: `${url}?sslmode=verify-full` });
    expect(error.code).toBe('E_CONFIG');
    expect(error.message).toMatch(/does not support SSL connections; check password and sslmode of the URL$/);
  });

  test('a server that is away, or full, is waited for', async () => {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    await new Promise((resolve) => listener.close(resolve));
    const away = await refusal({ url: `postgres://postgres@127.0.0.1:${port}/postgres` });
    expect(away).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    expect(away.message).toContain(`connect ECONNREFUSED 127.0.0.1:${port}`);

    await server.sql(`CREATE ROLE crowd LOGIN PASSWORD 'of the crowd' CONNECTION LIMIT 0`);
    const full = await refusal({ url: at('postgres', 'crowd'), password: 'of the crowd' });
    expect(full).toMatchObject({ code: 'E_STORAGE_UNAVAILABLE', retryable: true });
    expect(full.message).toContain('too many connections for role "crowd" (53300)');
  });

  test('several at once make the tables once, and the one that is refused opens when it is mended', async () => {
    const storages = Array.from({ length: 4 }, () => postgresStorage({ url, password, schema: 'together' }));
    await Promise.all(storages.map((storage) => storage.open(defaultContext())));
    await Promise.all(storages.map((storage) => storage.close()));
    expect(await server.sql('SELECT version FROM together.schema_version')).toEqual([{ version: 1 }]);

    const early = postgresStorage({ url: at('later'), password });
    await expect(early.open(defaultContext())).rejects.toMatchObject({ code: 'E_CONFIG' });
    await server.sql('CREATE DATABASE later');
    await early.open(defaultContext());
    expect(early.health!()).toEqual({ ok: true });
    await early.close();
  });
});
