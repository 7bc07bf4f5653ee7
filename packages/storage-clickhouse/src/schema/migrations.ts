import { createHash } from 'node:crypto';
import { deadLetterIndexStatements } from './dead-letter-indexes.js';
import { dialectOf, ONE_SERVER, type ClusterOptions, type Dialect } from './dialect.js';
import { latestRowStatements } from './latest-rows.js';
import { latestValueStatements } from './latest-values.js';
import { addExtension, createBase } from './statements.js';
import { TABLES } from './tables.js';

export interface Migration {
  readonly version: number;
  readonly name: string;
  /** Each may run again: a migration that was cut short is repeated from its start. */
  statements(database: string, dialect: Dialect): readonly string[];
}

/** Forward only, never edited once released: a change of the schema is a new entry at the end. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'base',
    statements: (database, dialect) => [
      ...TABLES.flatMap((table) => createBase(dialect, database, table)),
      ...TABLES.flatMap((table) => addExtension(dialect, database, table)),
      ...latestValueStatements(dialect, database),
    ],
  },
  {
    version: 2,
    name: 'large tables',
    statements: (database, dialect) => [
      ...latestRowStatements(dialect, database),
      ...deadLetterIndexStatements(dialect, database),
    ],
  },
];

/**
 * SHA-256, hex, over the statements with a stand-in for the database: tells a migration from another that took its number. Those of a
 * cluster differ by how it has its tables, and not by its name.
 */
export function checksum(migration: Migration, cluster?: ClusterOptions): string {
  const dialect = cluster === undefined ? ONE_SERVER : dialectOf({ ...cluster, name: '$cluster' });
  return createHash('sha256').update(migration.statements('$database', dialect).join(';\n')).digest('hex');
}
