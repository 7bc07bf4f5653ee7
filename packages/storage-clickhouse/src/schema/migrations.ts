import { createHash } from 'node:crypto';
import { addExtension, createTable, latestStatements } from './statements.js';
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
      ...latestStatements(database),
    ],
  },
];

/** SHA-256, hex, over the statements with a stand-in for the database: tells a migration from another that took its number. */
export function checksum(migration: Migration): string {
  return createHash('sha256').update(migration.statements('$database').join(';\n')).digest('hex');
}
