import type { Column, TableSchema } from './tables.js';

function definition(column: Column): string {
  const fallback = column.fallback === undefined ? '' : ` DEFAULT ${column.fallback}`;
  return `${column.name} ${column.type}${fallback}`;
}

/** Without the extension columns: what exists already and what is new take the same way through {@link addExtension}. */
export function createTable(database: string, table: TableSchema): string {
  const columns = table.columns.map((column) => `  ${definition(column)}`).join(',\n');
  const partition = table.partitionTime === undefined ? '' : `\nPARTITION BY toYYYYMM(${table.partitionTime})`;
  return (
    `CREATE TABLE IF NOT EXISTS ${database}.${table.name} (\n${columns}\n) ENGINE = ${table.engine}\n` +
    `ORDER BY ${table.orderBy}${partition}`
  );
}

export function addExtension(database: string, table: TableSchema): string | undefined {
  if (table.extension.length === 0) return undefined;
  const columns = table.extension.map((column) => `ADD COLUMN IF NOT EXISTS ${definition(column)}`).join(', ');
  return `ALTER TABLE ${database}.${table.name} ${columns}`;
}
