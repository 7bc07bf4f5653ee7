import { LouverError, type Clock, type Logger } from '@louver/core';
import { SELECT_SETTINGS, type Connection } from '../connection.js';
import { parseRows } from '../read/rows.js';
import { checkColumns } from './check.js';
import { checksum, MIGRATIONS, type Migration } from './migrations.js';

export interface SchemaTools {
  readonly connection: Connection;
  readonly database: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const schemaTable = (database: string): string =>
  `CREATE TABLE IF NOT EXISTS ${database}.schema_migrations (\n` +
  '  version UInt32,\n  name String,\n  checksum String,\n  applied_at DateTime64(3)\n) ENGINE = MergeTree()\nORDER BY version';

/** Makes the database where it is missing, applies what is not yet applied, and checks the columns of what is there. */
export async function prepareSchema(tools: SchemaTools, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  const { connection, database, logger } = tools;
  // Asked first, because a user without the right to create databases may well use one that exists.
  const exists = await connection.query(`SELECT name FROM system.databases WHERE name = {database:String}`, {
    database,
  });
  if (exists.trim() === '') await connection.command(`CREATE DATABASE IF NOT EXISTS ${database}`);
  const known = await connection.query(
    `SELECT name FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations'`,
    { database },
  );
  if (known.trim() === '') await connection.command(schemaTable(database));
  const applied = await appliedMigrations(connection, database);
  refuseForeign(applied, migrations, database);
  // What does not fit is named before anything is changed, and not met half-way as an error about something else.
  if (migrations.some(({ version }) => !applied.has(version))) await checkColumns(connection, database, false);
  for (const migration of migrations) {
    if (applied.has(migration.version)) continue;
    for (const statement of migration.statements(database)) await connection.command(statement);
    await record(tools, migration);
    logger.info('schema migration applied', { database, version: migration.version, migration: migration.name });
  }
  await checkColumns(connection, database, true);
}

async function appliedMigrations(connection: Connection, database: string): Promise<ReadonlyMap<number, string>> {
  const text = await connection.query(
    `SELECT version, checksum FROM ${database}.schema_migrations ${SELECT_SETTINGS}`,
    {},
  );
  const rows = await parseRows(text);
  return new Map(rows.map((row) => [Number(row['version']), String(row['checksum'])]));
}

function refuseForeign(applied: ReadonlyMap<number, string>, migrations: readonly Migration[], database: string): void {
  const newest = Math.max(0, ...migrations.map((migration) => migration.version));
  for (const [version, sum] of applied) {
    const migration = migrations.find((candidate) => candidate.version === version);
    if (migration === undefined) {
      throw new LouverError(
        'E_CONFIG',
        `database '${database}' has schema version ${version}, this program knows versions up to ${newest}; ` +
          'nothing was changed; use the newer program that made it, or another database',
      );
    }
    if (checksum(migration) !== sum) {
      throw new LouverError(
        'E_CONFIG',
        `migration ${version} ('${migration.name}') of database '${database}' was applied with other content ` +
          `(checksum ${sum.slice(0, 12)}, expected ${checksum(migration).slice(0, 12)}); nothing was changed; ` +
          'use the program that made this database, or another database',
      );
    }
  }
}

async function record(tools: SchemaTools, migration: Migration): Promise<void> {
  const row = {
    version: migration.version,
    name: migration.name,
    checksum: checksum(migration),
    applied_at: new Date(tools.clock.now()).toISOString(),
  };
  await tools.connection.insert({
    table: `${tools.database}.schema_migrations`,
    columns: Object.keys(row),
    body: [Buffer.from(JSON.stringify(Object.values(row)))],
  });
}
