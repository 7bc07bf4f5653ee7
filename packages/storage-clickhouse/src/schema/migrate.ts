import { LouverError, type Clock } from '@louver/core';
import { SELECT_SETTINGS, type Connection } from '../connection.js';
import { parseRows } from '../read/rows.js';
import { checkVersion } from '../server-version.js';
import { checkCluster, checkColumns } from './check.js';
import { dialectOf, type ClusterOptions } from './dialect.js';
import { checksum, MIGRATIONS, type Migration } from './migrations.js';
import { createTable } from './statements.js';
import { keepingChanges, type KeepingTools } from './table-keeping.js';

export interface SchemaTools extends Omit<KeepingTools, 'dialect'> {
  readonly clock: Clock;
  /** For messages: where the database is. */
  readonly target: string;
  readonly cluster?: ClusterOptions;
}

/** Something that a database lacks, or has otherwise. */
export interface SchemaChange {
  /** A migration's, else absent. */
  readonly version?: number;
  /** Of a migration; else what it is about: `database`, or a table. */
  readonly name: string;
  /** Without those that record a migration in `schema_migrations`. */
  readonly statements: readonly string[];
}

/** What was done to a database, or would be. */
export interface SchemaReport {
  /** Of the newest migration. */
  readonly version: number;
  /** In order; empty: everything was as it should be. */
  readonly changes: readonly SchemaChange[];
}

type Change = SchemaChange & { finish(): Promise<void> };

/**
 * Makes the database where it is missing, applies what is not yet applied, and checks the columns of what is there.
 * @param dryRun nothing is changed.
 */
export async function prepareSchema(
  tools: SchemaTools,
  {
    dryRun = false,
    migrations = MIGRATIONS,
  }: { readonly dryRun?: boolean; readonly migrations?: readonly Migration[] } = {},
): Promise<SchemaReport> {
  const { connection, database, target, cluster } = tools;
  await checkVersion(connection, target);
  const dialect = dialectOf(cluster);
  await checkCluster(connection, database, dialect);
  const applied = await appliedMigrations(connection, database);
  refuseForeign(tools, applied ?? new Map(), migrations);
  const pending = migrations.filter(({ version }) => !applied?.has(version));
  // What does not fit is named before anything is changed, and not met half-way as an error about something else.
  await checkColumns(connection, database, dialect, pending.length === 0);
  const changes: Change[] = [
    ...(applied === undefined ? [await beginning(tools)] : []),
    ...pending.map((migration) => migrating(tools, migration)),
    ...(await keeping(tools)),
  ];
  if (!dryRun) {
    for (const { statements, finish } of changes) {
      for (const statement of statements) await (connection.migrate?.(statement) ?? connection.command(statement));
      await finish();
    }
  }
  if (!dryRun && pending.length > 0) await checkColumns(connection, database, dialect, true);
  const version = Math.max(0, ...migrations.map((migration) => migration.version));
  return { version, changes: changes.map(({ finish: _, ...change }) => change) };
}

/** The database, and the table that tells what was applied. */
async function beginning({ connection, database, cluster }: SchemaTools): Promise<Change> {
  const dialect = dialectOf(cluster);
  // Asked first, because a user without the right to create databases may well use one that exists. On a cluster one server tells nothing
  // about the others.
  const sql = 'SELECT name FROM system.databases WHERE name = {database:String}';
  const exists = dialect.cluster === undefined && (await connection.query(sql, { database })).trim() !== '';
  const table = createTable(dialect, database, {
    name: 'schema_migrations',
    columns: ['version UInt32', 'name String', 'checksum String', 'applied_at DateTime64(3)'],
    engine: 'MergeTree()',
    orderBy: 'version',
    shardBy: 'version',
  });
  const create = `CREATE DATABASE IF NOT EXISTS ${database}${dialect.onCluster}`;
  return { name: 'database', statements: [...(exists ? [] : [create]), ...table], finish: () => Promise.resolve() };
}

function migrating(tools: SchemaTools, migration: Migration): Change {
  const { database, logger, cluster } = tools;
  const { version, name } = migration;
  return {
    version,
    name,
    statements: migration.statements(database, dialectOf(cluster)),
    async finish() {
      await record(tools, migration);
      logger.info('schema migration applied', { database, version, migration: name });
    },
  };
}

async function keeping(tools: SchemaTools): Promise<Change[]> {
  const { database, logger, cluster } = tools;
  const changes = await keepingChanges({ ...tools, dialect: dialectOf(cluster) });
  return changes.map(({ table, statement, change }) => ({
    name: table,
    statements: [statement],
    finish() {
      logger.info('from' in change ? 'retention changed' : 'table settings changed', { database, table, ...change });
      return Promise.resolve();
    },
  }));
}

/** By version, with their checksums; `undefined`: nothing was ever applied there. */
async function appliedMigrations(
  connection: Connection,
  database: string,
): Promise<ReadonlyMap<number, string> | undefined> {
  const known = await connection.query(
    `SELECT name FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations'`,
    { database },
  );
  if (known.trim() === '') return undefined;
  const sql = `SELECT version, checksum FROM ${database}.schema_migrations ${SELECT_SETTINGS}`;
  const rows = await parseRows(await connection.query(sql, {}));
  return new Map(rows.map((row) => [Number(row['version']), String(row['checksum'])]));
}

function refuseForeign(
  { database, cluster }: SchemaTools,
  applied: ReadonlyMap<number, string>,
  migrations: readonly Migration[],
): void {
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
    const expected = checksum(migration, cluster);
    if (expected === sum) continue;
    const isMeantForOne = cluster !== undefined && sum === checksum(migration);
    const remedy = isMeantForOne
      ? "it was made for one server: remove 'cluster', or use another database"
      : "use the program that made this database, with the same 'cluster' options, or another database";
    throw new LouverError(
      'E_CONFIG',
      `migration ${version} ('${migration.name}') of database '${database}' was applied with other content ` +
        `(checksum ${sum.slice(0, 12)}, expected ${expected.slice(0, 12)}); nothing was changed; ${remedy}`,
    );
  }
}

async function record(tools: SchemaTools, migration: Migration): Promise<void> {
  const row = {
    version: migration.version,
    name: migration.name,
    checksum: checksum(migration, tools.cluster),
    applied_at: new Date(tools.clock.now()).toISOString(),
  };
  await tools.connection.insert({
    table: `${tools.database}.schema_migrations`,
    columns: Object.keys(row),
    body: [Buffer.from(JSON.stringify(Object.values(row)))],
  });
}
