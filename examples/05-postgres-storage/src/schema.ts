import { LouverError, TABLE_IDENTITY, type TableName } from '@louver/core';
import type { ClientBase } from 'pg';
import { columnsOf, TABLES } from './columns.js';

const VERSION = 1;
/** `pg_terminate_backend(pid, timeout)`, exact `extract`. */
const OLDEST = 140_000;

/** By device and time for questions; by id for look-ups whose time is not known. A hash index takes an id of any length. */
const INDEXES: Readonly<Record<TableName, readonly string[]>> = {
  sensor_temperature: ['(device_id, "timestamp", received_at)', 'USING hash (message_id)'],
  sensor_humidity: ['(device_id, "timestamp", received_at)', 'USING hash (message_id)'],
  sensor_scalar: ['(device_id, quantity, "timestamp", received_at)', 'USING hash (message_id)'],
  sensor_audio: ['(device_id, "timestamp", received_at)', 'USING hash (message_id)'],
  window_actions: ['(device_id, "timestamp")', 'USING hash (command_id)'],
  ml_predictions: ['(device_id, "timestamp")', 'USING hash (request_id)'],
  device_registry: [],
  window_states: ['(device_id, "timestamp")', 'USING hash (message_id)'],
  // Its id is one of a few words.
  device_events: ['(device_id, "timestamp")'],
  // Its device may be any text: what came is in no order yet.
  dead_letters: ['(received_at)', 'USING hash (message_id)'],
};

/** Of a table in SQL. `schema` is `[a-z0-9_]` (see options.ts): no other name comes from outside. */
export function named(schema: string, table: string): string {
  return `"${schema}"."${table}"`;
}

/**
 * Makes what is missing and checks what is there, in one transaction; processes that start together come one after the other.
 * @throws LouverError `E_CONFIG`
 */
export async function openSchema(client: ClientBase, schema: string): Promise<void> {
  await checkServer(client);
  await client.query('BEGIN');
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('louver:' || $1, 0))", [schema]);
  const version = await versionOf(client, schema);
  if (version === undefined) await make(client, schema);
  else if (version > VERSION) {
    const found = `the tables in schema ${schema} are of version ${version}, this program knows ${VERSION}`;
    throw new LouverError('E_CONFIG', `${found}: use the program that made them, or another schema`);
  }
  await checkColumns(client, schema);
  await checkRights(client, schema);
  await client.query('COMMIT');
}

async function checkServer(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ version: string; number: number; encoding: string }>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
       current_setting('server_encoding') AS encoding`,
  );
  const { version, number, encoding } = rows[0]!;
  if (number < OLDEST) {
    throw new LouverError(
      'E_CONFIG',
      `PostgreSQL is ${version}, expected ${OLDEST / 10_000} or newer: upgrade the server`,
    );
  }
  if (encoding === 'UTF8') return;
  const found = `the database's encoding is ${encoding}, which has not every character`;
  throw new LouverError('E_CONFIG', `${found}: make one with createdb --encoding UTF8 --template template0`);
}

async function versionOf(client: ClientBase, schema: string): Promise<number | undefined> {
  const table = named(schema, 'schema_version');
  const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [table]);
  if (!rows[0]!.there) return undefined;
  const versions = await client.query<{ version: number | null }>(`SELECT max(version) AS version FROM ${table}`);
  return versions.rows[0]!.version ?? undefined;
}

async function make(client: ClientBase, schema: string): Promise<void> {
  // IF NOT EXISTS alone asks for the right to make one also where it is there.
  const { rows } = await client.query<{ there: boolean }>('SELECT to_regnamespace($1) IS NOT NULL AS there', [
    `"${schema}"`,
  ]);
  if (!rows[0]!.there) await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
  const versions = named(schema, 'schema_version');
  const statements = [
    `CREATE TABLE IF NOT EXISTS ${versions} (version integer NOT NULL, made_at timestamptz NOT NULL)`,
    ...TABLES.flatMap((table) => statementsFor(schema, table)),
    `INSERT INTO ${versions} VALUES (${VERSION}, now())`,
  ];
  await client.query(statements.join(';\n'));
}

function statementsFor(schema: string, table: TableName): readonly string[] {
  // Bytes decide what is equal, and the order, whatever language the database is of.
  const columns = columnsOf(table)!.map(
    ({ name, kind, type }) => `"${name}" ${type} ${kind === 'text' ? 'COLLATE "C" ' : ''}NOT NULL`,
  );
  // A device is there once; of everything else two equal rows are two.
  const key = TABLE_IDENTITY[table] === undefined ? ', PRIMARY KEY (device_id)' : '';
  return [
    `CREATE TABLE IF NOT EXISTS ${named(schema, table)} (${columns.join(', ')}${key})`,
    ...INDEXES[table].map(
      (index, place) => `CREATE INDEX IF NOT EXISTS "${table}_${place}" ON ${named(schema, table)} ${index}`,
    ),
  ];
}

/** Every column as it has to be; columns of somebody else's may be there when a row needs not name them. */
async function checkColumns(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ table: string; name: string; type: string; needed: boolean }>(
    `SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS needed
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = to_regnamespace($1) AND c.relname = ANY($2::text[])`,
    [`"${schema}"`, TABLES],
  );
  const differences = TABLES.flatMap((table) => {
    const found = new Map(rows.filter((row) => row.table === table).map((row) => [row.name, row]));
    const wrong = columnsOf(table)!.flatMap(({ name, type }) => {
      const there = found.get(name);
      found.delete(name);
      if (there?.type === type) return [];
      return [`- ${table}.${name} is ${there?.type ?? 'missing'}, expected ${type}`];
    });
    const others = [...found.values()].filter(({ needed }) => needed);
    return [...wrong, ...others.map(({ name }) => `- ${table}.${name} is not expected, and has no default`)];
  });
  if (differences.length === 0) return;
  const what = `the tables in schema ${schema} have other columns: mend them, or use another schema`;
  throw new LouverError('E_CONFIG', `${what}\n${differences.join('\n')}`);
}

async function checkRights(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ missing: string; user: string }>(
    `SELECT "right" || ' on ' || "table" AS missing, current_user AS user
     FROM unnest($1::text[], $2::text[]) AS wanted("right", "table")
     WHERE NOT has_table_privilege(format('%I.%I', $3::text, "table"), "right")`,
    [
      [...TABLES.flatMap(() => ['SELECT', 'INSERT']), 'UPDATE'],
      [...TABLES.flatMap((table) => [table, table]), 'device_registry'],
      schema,
    ],
  );
  if (rows.length === 0) return;
  const missing = rows.map((row) => row.missing).join(', ');
  throw new LouverError(
    'E_CONFIG',
    `user ${rows[0]!.user} has not the right to ${missing} in schema ${schema}: grant it`,
  );
}
