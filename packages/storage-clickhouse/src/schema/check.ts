import { LouverError } from '@louver/core';
import { SELECT_SETTINGS, type Connection } from '../connection.js';
import { parseRows } from '../read/rows.js';
import { TABLES } from './tables.js';

/** What makes no difference to reading and writing: a named time zone, a dictionary. */
function plainType(type: string): string {
  return type.replace(/^LowCardinality\((.*)\)$/, '$1').replace(/^DateTime64\(3, '[^']*'\)$/, 'DateTime64(3)');
}

/**
 * Finds tables that somebody made otherwise. Throws `E_CONFIG` that names every difference at once.
 * @param isComplete false before the migrations: a table may be missing, and extension columns may be, but nothing may be of another type.
 */
export async function checkColumns(connection: Connection, database: string, isComplete: boolean): Promise<void> {
  const sql = `SELECT table, name, type FROM system.columns WHERE database = {database:String} ${SELECT_SETTINGS}`;
  const rows = await parseRows(await connection.query(sql, { database }));
  const tables = new Set(rows.map((row) => String(row['table'])));
  const found = new Map(rows.map((row) => [`${String(row['table'])}.${String(row['name'])}`, String(row['type'])]));
  const differences: string[] = [];
  for (const table of TABLES) {
    if (!isComplete && !tables.has(table.name)) continue;
    for (const column of [...table.columns, ...table.extension]) {
      const place = `${table.name}.${column.name}`;
      const type = found.get(place);
      if (type === undefined) {
        const isToCome = !isComplete && table.extension.includes(column);
        if (!isToCome) differences.push(`${place} is missing, expected ${column.type}`);
      } else if (plainType(type) !== plainType(column.type)) {
        differences.push(`${place} is ${type}, expected ${column.type}`);
      }
    }
  }
  if (differences.length === 0) return;
  throw new LouverError(
    'E_CONFIG',
    `the tables of database '${database}' do not fit: ${differences.join('; ')}; alter them, or use another database`,
  );
}
