import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContext } from '@louver/core';
import { TABLES, type TableSchema } from '@louver/storage-clickhouse';
import { clickhouseHttp, embeddedClickhouse, type EmbeddedStorage } from '@louver/storage-clickhouse/embedded';
import { Session } from 'chdb';

/** Rows with the types of their columns. */
export interface Answer {
  readonly meta: readonly { readonly name: string; readonly type: string }[];
  readonly data: readonly Readonly<Record<string, unknown>>[];
}

/** The embedded ClickHouse with Louver's tables in the database `iot`, asked as Grafana asks it: over the port for readers. */
export interface Engine {
  readonly storage: EmbeddedStorage;
  /** Rejects with what ClickHouse says. */
  ask(sql: string, database?: string): Promise<Answer>;
  /** Another database with the same tables, empty. */
  copyTables(database: string): Promise<void>;
  /** Makes one of them anew. @param renamed a column that has another name there. */
  copyTable(database: string, table: TableSchema, renamed?: string): Promise<void>;
  close(): Promise<void>;
}

export async function startEngine(): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'louver-grafana-'));
  const path = join(folder, 'clickhouse');
  // Syncing is a matter of power cuts.
  const storage = embeddedClickhouse({ path, fsync: false });
  await storage.open(defaultContext());
  const session = new Session(path);
  const readers = clickhouseHttp(storage);
  await new Promise<void>((resolve) => readers.server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(readers.server.address() as AddressInfo).port}/`;

  async function copyTable(database: string, table: TableSchema, renamed?: string): Promise<void> {
    const nameOf = (column: string): string => (column === renamed ? `${column}_renamed` : column);
    const columns = [...table.columns, ...table.extension]
      .map(({ name, type }) => `${nameOf(name)} ${type}`)
      .join(', ');
    const [engine, orderBy] = [table.engine, table.orderBy].map((clause) => clause.replace(/\w+/g, nameOf));
    const created = `CREATE OR REPLACE TABLE ${database}.${table.name} (${columns})`;
    await session.queryAsync(`${created} ENGINE = ${engine} ORDER BY ${orderBy}`);
  }

  return {
    storage,
    async ask(sql, database = 'iot') {
      const query = new URLSearchParams({
        database,
        default_format: 'JSON',
        output_format_json_quote_64bit_integers: '0',
        // Times are written in the time zone of the server; the plugin gets them as numbers.
        session_timezone: 'UTC',
      });
      const response = await fetch(`${url}?${query}`, { method: 'POST', body: sql });
      const text = await response.text();
      if (!response.ok) throw new Error(text.trim());
      return JSON.parse(text) as Answer;
    },
    copyTable,
    async copyTables(database) {
      await session.queryAsync(`CREATE DATABASE ${database}`);
      for (const table of TABLES) await copyTable(database, table);
    },
    async close() {
      await readers.close();
      session.close();
      await storage.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
