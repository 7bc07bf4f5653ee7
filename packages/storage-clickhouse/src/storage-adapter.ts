import {
  durableReceipt,
  LouverError,
  type Context,
  type DurableReceipt,
  type Health,
  type RowKey,
  type StorageAdapter,
  type StorageReader,
  type TableName,
  type Tables,
} from '@louver/core';
import type { Connection, Connector } from './connection.js';
import { openingError, readingError, writingError } from './faults.js';
import { findPresent } from './read/present.js';
import { ClickhouseReader } from './read/reader.js';
import { prepareSchema } from './schema/migrate.js';
import { tableSchema, TABLES } from './schema/tables.js';
import { encodeBatch } from './write/encode-batch.js';
import { rowEncoder, type RowEncoder } from './write/encode-row.js';

export interface AdapterOptions {
  readonly name: string;
  readonly database: string;
  readonly connector: Connector;
  /** Statements after the schema stands, for settings of one kind of connection. */
  readonly afterSchema?: (database: string) => readonly string[];
}

const encoders: ReadonlyMap<string, RowEncoder> = new Map(TABLES.map((table) => [table.name, rowEncoder(table)]));

/** Schema, writing, lookup and reading over any {@link Connection}. */
export class ClickhouseAdapter implements StorageAdapter {
  readonly name: string;
  readonly supports = { durable: true, lookup: true } as const;
  readonly reader: StorageReader;
  readonly #options: AdapterOptions;
  readonly #inFlight = new Set<Promise<unknown>>();
  #open: { readonly connection: Connection; readonly context: Context } | undefined;
  #health: Health = { ok: false, reason: 'not open' };

  constructor(options: AdapterOptions) {
    this.#options = options;
    this.name = options.name;
    this.reader = new ClickhouseReader(
      (sql, params) => this.#read('reading', (c) => c.query(sql, params)),
      options.database,
    );
  }

  async open(context: Context): Promise<void> {
    if (this.#open !== undefined) return;
    const { connector, database, afterSchema } = this.#options;
    let connection: Connection | undefined;
    try {
      connection = await connector.connect(context);
      await prepareSchema({ connection, database, clock: context.clock, logger: context.logger });
      for (const statement of afterSchema?.(database) ?? []) await connection.command(statement);
    } catch (fault) {
      await connection?.close().catch(() => undefined);
      const error = openingError(fault, connector.target);
      this.#health = { ok: false, reason: error.message };
      throw error;
    }
    this.#open = { connection, context };
    this.#health = { ok: true };
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    this.#health = { ok: false, reason: 'not open' };
    await Promise.allSettled([...this.#inFlight]);
    await open?.connection.close();
  }

  health(): Health {
    return this.#health;
  }

  write<T extends TableName>(
    table: T,
    rows: readonly Tables[T][],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<DurableReceipt> {
    return this.#track(() => this.#write(table, rows, options.signal));
  }

  present(table: TableName, keys: readonly RowKey[], signal?: AbortSignal): Promise<readonly boolean[]> {
    const { database } = this.#options;
    return this.#read(`looking up ${table}`, (connection) => findPresent(connection, database, table, keys, signal));
  }

  async #write(table: TableName, rows: readonly object[], signal: AbortSignal | undefined): Promise<DurableReceipt> {
    const { connection, context } = this.#opened();
    const { connector, database } = this.#options;
    const schema = tableSchema(table);
    const encoder = encoders.get(table);
    if (schema === undefined || encoder === undefined) {
      const known = TABLES.map(({ name }) => name).join(', ');
      throw new LouverError('E_STORAGE_REJECTED', `there is no table '${table}'; the tables are ${known}`);
    }
    const started = context.clock.now();
    const inserts = await encodeBatch(schema, encoder, rows);
    let anyApplied = false;
    try {
      for (const { body } of inserts) {
        if (signal?.aborted) {
          const done = anyApplied ? 'with a part of the rows' : 'before any row';
          throw new LouverError(
            'E_STORAGE_UNAVAILABLE',
            `writing ${table} was stopped by the caller ${done} was written`,
          );
        }
        await connection.insert({ table: `${database}.${table}`, columns: encoder.columns, body }, signal);
        anyApplied = true;
      }
    } catch (fault) {
      throw this.#failed(writingError(fault, table, connector.target, anyApplied));
    }
    this.#health = { ok: true };
    const now = context.clock.now();
    context.metrics.count('clickhouse_rows_written_total', { table }, rows.length);
    context.metrics.observe('clickhouse_write_ms', now - started, { table });
    return durableReceipt('storage', now);
  }

  #read<R>(doing: string, call: (connection: Connection) => Promise<R>): Promise<R> {
    return this.#track(async () => {
      const { connection } = this.#opened();
      try {
        const result = await call(connection);
        this.#health = { ok: true };
        return result;
      } catch (fault) {
        throw this.#failed(readingError(fault, doing, this.#options.connector.target));
      }
    });
  }

  #opened(): { readonly connection: Connection; readonly context: Context } {
    if (this.#open === undefined) {
      throw new LouverError(
        'E_NOT_OPEN',
        `storage '${this.name}' is not open; call open() first, and nothing after close()`,
      );
    }
    return this.#open;
  }

  /** Rows that are refused say nothing against the database. */
  #failed(error: LouverError): LouverError {
    if (error.code === 'E_STORAGE_UNAVAILABLE' && this.#open !== undefined) {
      this.#health = { ok: false, reason: error.message };
      this.#open.context.metrics.count('clickhouse_failures_total');
    }
    return error;
  }

  async #track<R>(call: () => Promise<R>): Promise<R> {
    const running = call();
    this.#inFlight.add(running);
    try {
      return await running;
    } finally {
      this.#inFlight.delete(running);
    }
  }
}
