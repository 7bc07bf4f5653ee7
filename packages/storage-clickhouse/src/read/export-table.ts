import type { RowsQuery, TableName } from '@louver/core';
import type { Connection } from '../connection.js';
import { exportError } from '../faults.js';
import { intoNewFile } from '../new-file.js';
import { numberOf, parseRows } from './rows.js';
import { asExported, countStatement, rowsStatement } from './table-rows.js';

export interface ExportQuery extends RowsQuery {
  readonly format: 'parquet' | 'csv';
  /** A new file: one that exists is refused. While it is written it has `.part` appended. */
  readonly file: string;
  readonly signal?: AbortSignal;
}

/** Makes a call of the connection and names it in what it rejects with, a `LouverError`. */
export type AskConnection = <R>(doing: string, call: (connection: Connection) => Promise<R>) => Promise<R>;

export interface Export {
  readonly table: TableName;
  readonly query: ExportQuery;
  readonly onCount: ((rows: number) => void) | undefined;
}

/** Counts the rows, then lets the database write them into a new file. */
export async function exportTable(
  ask: AskConnection,
  database: string,
  { table, query, onCount }: Export,
): Promise<void> {
  const { format, file, signal, ...range } = query;
  const { sql, params } = rowsStatement(database, table, range, asExported);
  const count = countStatement(database, table, range);
  const target = { format: format === 'csv' ? 'CSVWithNames' : 'Parquet' } as const;
  await intoNewFile(file, async (part) => {
    const counted = await ask(`counting ${table}`, (connection) => connection.query(count.sql, count.params));
    onCount?.(numberOf((await parseRows(counted))[0] ?? {}, 'found'));
    try {
      await ask(`exporting ${table}`, (connection) => connection.copy(sql, params, { ...target, file: part }, signal));
    } catch (error) {
      throw exportError(error, table);
    }
  });
}
