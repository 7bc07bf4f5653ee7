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
import { ConnectionFault, type Connection, type Connector, type Params } from './connection.js';
import { openingError, readingError, writingError } from './faults.js';
import { findPresent } from './read/present.js';
import { exportTable, type AskConnection, type ExportQuery } from './read/export-table.js';
import { ClickhouseReader } from './read/reader.js';
import { rowBatches, type ReadRow } from './read/rows.js';
import type { ClusterOptions } from './schema/dialect.js';
import { prepareSchema, type SchemaReport } from './schema/migrate.js';
import type { RetentionOptions } from './schema/retention.js';
import type { TableSettings } from './schema/table-keeping.js';
import { tableSchema, TABLES } from './schema/tables.js';
import { encodeBatch } from './write/encode-batch.js';
import { rowEncoder, type RowEncoder } from './write/encode-row.js';

/** Storage in a ClickHouse, with what only a ClickHouse can do. */
export interface ClickhouseStorage extends StorageAdapter {
  readonly reader: StorageReader;
  /**
   * Writes rows of a table into a file, device after device, each oldest first; memory stays flat. Times are in UTC, unknown numbers NaN. Rejects
   * with `E_CONFIG` for a table that there is not or a file that cannot be written. Embedded, other reads wait meanwhile.
   * @param onCount is told how many rows there are before the first is written.
   */
  exportTable(table: TableName, query: ExportQuery, onCount?: (rows: number) => void): Promise<void>;
  /**
   * Does what `open` does to database and tables, and closes again.
   * @param options `dryRun`: only tells what it would do; an embedded database that is not there yet is not made. Default false.
   * @throws LouverError as `open` does.
   */
  migrate(context: Context, options?: { readonly dryRun?: boolean }): Promise<SchemaReport>;
}

export interface AdapterOptions {
  readonly name: string;
  readonly database: string;
  readonly connector: Connector;
  readonly cluster?: ClusterOptions;
  readonly retention?: RetentionOptions;
  readonly tableSettings?: TableSettings;
}

const encoders: ReadonlyMap<string, RowEncoder> = new Map(TABLES.map((table) => [table.name, rowEncoder(table)]));

/** Schema, writing, lookup and reading over any {@link Connection}. */
export class ClickhouseAdapter implements ClickhouseStorage {
  readonly name: string;
  readonly supports = { durable: true, lookup: true } as const;
  readonly reader: StorageReader;
  readonly #options: AdapterOptions;
  readonly #inFlight = new Set<Promise<unknown>>();
  #open: { readonly connection: Connection; readonly context: Context } | undefined;
  #opening: Connection | undefined;
  #health: Health = { ok: false, reason: 'not open' };
  /** The last call met nobody: over as soon as the connection is answered again, whoever asked. */
  #isAbsent = false;

  constructor(options: AdapterOptions) {
    this.#options = options;
    this.name = options.name;
    this.reader = new ClickhouseReader(
      {
        ask: (question) =>
          this.#read('reading', (connection) => question((sql, params) => connection.query(sql, params))),
        stream: (sql, params) => this.#stream(sql, params),
      },
      options.database,
    );
  }

  async open(context: Context): Promise<void> {
    if (this.#open !== undefined) return;
    const { connector, database } = this.#options;
    let connection: Connection | undefined;
    this.#health = { ok: false, reason: `no answer yet from ${connector.target}` };
    try {
      connection = await connector.connect(context);
      if (connection.closePatienceMs !== undefined) this.#opening = connection;
      await this.#prepare(connection, context, false);
      await connection.begin?.(database);
    } catch (fault) {
      await connection?.close().catch(() => undefined);
      const error = openingError(fault, connector.target);
      this.#health = { ok: false, reason: error.message };
      throw error;
    } finally {
      this.#opening = undefined;
    }
    this.#open = { connection, context };
    this.#answered();
  }

  async migrate(context: Context, { dryRun = false }: { readonly dryRun?: boolean } = {}): Promise<SchemaReport> {
    const { connector } = this.#options;
    let connection: Connection | undefined;
    try {
      connection = await (dryRun ? (connector.look ?? connector.connect) : connector.connect)(context);
      return await this.#prepare(connection, context, dryRun);
    } catch (fault) {
      throw openingError(fault, connector.target);
    } finally {
      await connection?.close();
    }
  }

  #prepare(connection: Connection, { clock, logger }: Context, dryRun: boolean): Promise<SchemaReport> {
    const { connector, ...options } = this.#options;
    return prepareSchema({ ...options, connection, clock, logger, target: connector.target }, { dryRun });
  }

  /** Also ends an `open` that waits for an answer. */
  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    this.#health = { ok: false, reason: 'not open' };
    await this.#opening?.close();
    if (open === undefined) return;
    const { connection, context } = open;
    const finished = Promise.allSettled([...this.#inFlight]);
    if (connection.closePatienceMs !== undefined) {
      const early = new AbortController();
      await Promise.race([finished, context.clock.sleep(connection.closePatienceMs, early.signal)]);
      early.abort();
      await connection.close();
      await finished;
    } else {
      await finished;
      await connection.close();
    }
  }

  health(): Health {
    const answers = this.#open?.connection.health?.();
    if (answers?.ok === true && this.#isAbsent) return answers;
    if (answers?.ok === false && this.#health.ok) {
      return { ok: false, reason: `${this.#options.connector.target}: ${answers.reason}` };
    }
    return this.#health;
  }

  /** Asks for a row of the smallest table: also that database and rights are still there. */
  async check(signal: AbortSignal): Promise<void> {
    // What is under way tells more, and the embedded engine would answer only after it.
    if (this.#inFlight.size > 0) return;
    const { database } = this.#options;
    const question = `SELECT version FROM ${database}.schema_migrations LIMIT 1`;
    await this.#read('asking whether it is there', (connection) => connection.query(question, {}, signal));
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
    const lookUp = (connection: Connection): Promise<boolean[]> =>
      findPresent(connection, database, table, keys, signal);
    return this.#read(`looking up ${table}`, lookUp);
  }

  exportTable(table: TableName, query: ExportQuery, onCount?: (rows: number) => void): Promise<void> {
    const ask: AskConnection = (doing, call) => this.#read(doing, call);
    return exportTable(ask, this.#options.database, { table, query, onCount });
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
      throw this.#failed(writingError(fault, table, connector.target, anyApplied), { isWrite: true, fault });
    }
    this.#answered();
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
        this.#answered();
        return result;
      } catch (fault) {
        throw this.#failed(readingError(fault, doing, this.#options.connector.target), { isWrite: false, fault });
      }
    });
  }

  /** `close` waits for the piece that is asked for and ends the rest: a stream that nobody reads any more would never end. */
  async *#stream(sql: string, params: Params): AsyncGenerator<readonly ReadRow[]> {
    const { connection } = this.#opened();
    const batches = rowBatches(connection.stream(sql, params));
    try {
      for (;;) {
        const { done, value } = await this.#read('reading', () => batches.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      await batches.return(undefined);
    }
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

  #answered(): void {
    this.#health = { ok: true };
    this.#isAbsent = false;
  }

  /** Rows that are refused say nothing against the database, nor does a question that it answers with an error. */
  #failed(error: LouverError, { isWrite, fault }: { readonly isWrite: boolean; readonly fault: unknown }): LouverError {
    if (error.code !== 'E_STORAGE_UNAVAILABLE' || this.#open === undefined) return error;
    this.#open.context.metrics.count('clickhouse_failures_total');
    const isAbsent = fault instanceof ConnectionFault && fault.isAbsence;
    if (isWrite || isAbsent) {
      this.#health = { ok: false, reason: error.message };
      this.#isAbsent = isAbsent;
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
