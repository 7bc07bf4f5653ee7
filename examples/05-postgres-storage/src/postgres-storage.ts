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
import { openingError, unavailable, writeError } from './errors.js';
import { rowsPresent } from './look-up.js';
import { settingsOf, type PostgresStorageOptions, type Settings } from './options.js';
import { questions, type Ask } from './questions.js';
import { columnArrays } from './row-values.js';
import { openSchema } from './schema.js';
import { Sessions, type Found } from './sessions.js';
import { streams, type Stream } from './streams.js';
import { insertRows, newestOfEachDevice } from './write-rows.js';

export { type PostgresStorageOptions } from './options.js';

interface Opened {
  readonly context: Context;
  readonly sessions: Sessions;
}

/**
 * Rows in PostgreSQL 14 or newer, in a schema of their own.
 * @throws LouverError `E_CONFIG` when an option is not usable
 */
export function postgresStorage(options: PostgresStorageOptions): StorageAdapter & { readonly reader: StorageReader } {
  return new PostgresStorage(settingsOf(options));
}

class PostgresStorage implements StorageAdapter {
  readonly name = 'postgres';
  readonly supports = { durable: true, lookup: true };
  readonly reader: StorageReader;
  readonly #settings: Settings;
  readonly #inFlight = new Set<Promise<unknown>>();
  #opened: Opened | undefined;
  #opening: Promise<void> | undefined;
  #probing = false;
  /** What an operator has to know: the last call has failed. */
  #trouble: string | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    const ask: Ask = (work) =>
      this.#during(({ sessions }) => sessions.ask(work).catch(throwing('answering a question')));
    const stream: Stream = (text, values, batchRows, decode) => this.#stream(text, values, batchRows, decode);
    this.reader = { ...questions(ask, settings.schema), ...streams(stream, settings.schema) };
  }

  async open(context: Context): Promise<void> {
    if (this.#opened !== undefined) return;
    this.#opening ??= this.#open(context).finally(() => (this.#opening = undefined));
    await this.#opening;
  }

  async #open(context: Context): Promise<void> {
    const { schema, url } = this.#settings;
    const sessions = new Sessions(this.#settings);
    try {
      await sessions.ask(async (client) => {
        await openSchema(client, schema);
        const { rows } = await client.query<{ fsync: string }>("SELECT current_setting('fsync') AS fsync");
        if (rows[0]!.fsync === 'off') context.logger.warn('PostgreSQL runs with fsync = off: a power cut loses rows');
      });
      await sessions.endPredecessors();
    } catch (error) {
      await sessions.close(context.clock);
      const { host, pathname } = new URL(url);
      throw openingError(error, `${host}${pathname}`);
    }
    this.#trouble = undefined;
    this.#opened = { context, sessions };
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    const opened = this.#opened;
    this.#opened = undefined;
    await Promise.allSettled(this.#inFlight);
    await opened?.sessions.close(opened.context.clock);
  }

  write<T extends TableName>(
    table: T,
    rows: readonly Tables[T][],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<DurableReceipt> {
    return this.#during(async ({ context, sessions }) => {
      // All of them, also those of a device that another one replaces.
      let arrays = columnArrays(table, rows);
      if (table === 'device_registry') {
        arrays = columnArrays(table, newestOfEachDevice(rows as readonly Tables['device_registry'][]));
      }
      const insert = sessions.transaction((client) => insertRows(client, this.#settings.schema, table, arrays), signal);
      await insert.catch((error: unknown) => {
        throw writeError(error, table);
      });
      return durableReceipt('storage', context.clock.now());
    });
  }

  present(table: TableName, keys: readonly RowKey[]): Promise<readonly boolean[]> {
    return this.#during(async ({ sessions }) => {
      try {
        // What is told missing has to stay missing.
        await sessions.settleInDoubt();
        return await sessions.ask((client) => rowsPresent(client, this.#settings.schema, table, keys));
      } catch (error) {
        throw unavailable(error, `looking rows of ${table} up`);
      }
    });
  }

  /** While it is ill whoever asks makes it look again. */
  health(): Health {
    if (this.#trouble === undefined) return { ok: true };
    if (this.#opened !== undefined && !this.#probing) {
      this.#probing = true;
      const probe = this.#during(({ sessions }) => sessions.ask((client) => client.query('SELECT 1')));
      void probe.catch(() => undefined).finally(() => (this.#probing = false));
    }
    return { ok: false, reason: this.#trouble };
  }

  async *#stream<B>(
    text: string,
    values: readonly unknown[],
    batchRows: number,
    decode: (row: Found) => B,
  ): AsyncGenerator<readonly B[]> {
    const { sessions } = this.#get();
    const batches = sessions.stream(text, values, batchRows);
    try {
      for await (const batch of batches) {
        yield batch.map(decode);
        this.#get();
      }
    } catch (error) {
      this.#get();
      throw unavailable(error, 'reading a stream');
    }
  }

  #get(): Opened {
    if (this.#opened === undefined) throw new LouverError('E_NOT_OPEN', `storage '${this.name}' is not open`);
    return this.#opened;
  }

  /** Refuses what comes before `open` and after `close`, lets `close` wait for the rest, and keeps what health is. */
  async #during<R>(work: (opened: Opened) => Promise<R>): Promise<R> {
    const running = work(this.#get());
    this.#inFlight.add(running);
    try {
      const answer = await running;
      this.#trouble = undefined;
      return answer;
    } catch (error) {
      // Refused rows are no illness.
      if (!(LouverError.is(error) && error.code === 'E_STORAGE_REJECTED')) this.#trouble = messageOf(error);
      throw error;
    } finally {
      this.#inFlight.delete(running);
    }
  }
}

function throwing(doing: string): (error: unknown) => never {
  return (error) => {
    throw unavailable(error, doing);
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
