import { createHash } from 'node:crypto';
import { deadLetterIndexStatements } from './dead-letter-indexes.js';
import { latestRowStatements } from './latest-rows.js';
import { latestValueStatements } from './latest-values.js';
import { addExtension, createTable } from './statements.js';
import { TABLES } from './tables.js';

export interface Migration {
  readonly version: number;
  readonly name: string;
  /** Each may run again: a migration that was cut short is repeated from its start. */
  statements(database: string): readonly string[];
}

/** Forward only, never edited once released: a change of the schema is a new entry at the end. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'base',
    statements: (database) => [
      ...TABLES.map((table) => createTable(database, table)),
      ...TABLES.flatMap((table) => addExtension(database, table) ?? []),
      ...latestValueStatements(database),
    ],
  },
  {
    version: 2,
    name: 'large tables',
    statements: (database) => [...latestRowStatements(database), ...deadLetterIndexStatements(database)],
  },
];

/** SHA-256, hex, over the statements with a stand-in for the database: tells a migration from another that took its number. */
export function checksum(migration: Migration): string {
  return createHash('sha256').update(migration.statements('$database').join(';\n')).digest('hex');
}
