import { randomBytes } from 'node:crypto';
import { LouverError, type Clock } from '@louver/core';
import pg from 'pg';
import { isAnswer } from './errors.js';
import type { Settings } from './options.js';

/** Longer than PostgreSQL's own bound: while the network lives it is the server that ends a statement, and says so. */
const NETWORK_MS = 5_000;
const CONNECT_MS = 5_000;
/** Tables are written and questions asked at the same time; what finds all of them busy waits. Streams have sessions of their own. */
const WRITERS = 5;
const READERS = 5;

/** Connections to PostgreSQL: some that write, some that ask, one for each stream. */
export class Sessions {
  readonly #config: pg.ClientConfig;
  readonly #writers: pg.Pool;
  readonly #readers: pg.Pool;
  readonly #streams = new Set<pg.Client>();
  /** Backend processes whose last answer is missing: what they were told to do may still happen. */
  readonly #inDoubt = new Set<number>();
  /** Names in `pg_stat_activity`: of the sessions that write to this schema, and of those of them that are ours. */
  readonly #writersOfSchema: string;
  readonly #ours: string;

  constructor(settings: Settings) {
    const { schema, timeoutMs } = settings;
    this.#writersOfSchema = `louver:${schema}:`;
    this.#ours = `${this.#writersOfSchema}${randomBytes(6).toString('hex')}`;
    this.#config = {
      connectionString: addressOf(settings),
      application_name: `louver-reader:${schema}`,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: timeoutMs,
      query_timeout: timeoutMs + NETWORK_MS,
      keepAlive: true,
    };
    this.#readers = new pg.Pool({ ...this.#config, max: READERS });
    // A transaction that its process has left holds its locks no longer than a statement may take.
    const writing = { application_name: this.#ours, idle_in_transaction_session_timeout: timeoutMs };
    this.#writers = new pg.Pool({ ...this.#config, ...writing, max: WRITERS });
    // A session that the server ends between two statements: the next one says it. Without a listener the event would end the process.
    for (const pool of [this.#readers, this.#writers]) {
      pool.on('error', () => undefined);
      pool.on('connect', (client) => client.on('error', () => undefined));
    }
  }

  /** Asks in a session of its own for so long. */
  async ask<R>(work: (client: pg.ClientBase) => Promise<R>): Promise<R> {
    const client = await this.#readers.connect();
    let fit = false;
    try {
      const answer = await work(client);
      fit = true;
      return answer;
    } catch (error) {
      fit = isAnswer(error) && (await undone(client));
      throw error;
    } finally {
      client.release(!fit);
    }
  }

  /** All of it or nothing, durable when it resolves. When it rejects without an answer of PostgreSQL the session is remembered as in doubt. */
  async transaction(work: (client: pg.ClientBase) => Promise<void>, signal?: AbortSignal): Promise<void> {
    const client = await this.#writers.connect();
    // Ends the connection at once while a statement is on its way.
    const giveUp = (): void => void client.end().catch(() => undefined);
    signal?.addEventListener('abort', giveUp, { once: true });
    let fit = false;
    try {
      if (signal?.aborted) throw new LouverError('E_STORAGE_UNAVAILABLE', 'given up before it was begun');
      // A server may be set not to wait for its disk: a row that is told stored has to survive its crash.
      await client.query(
        "BEGIN; SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'",
      );
      await work(client);
      const { command } = await client.query('COMMIT');
      // A COMMIT of what has failed before is answered by ROLLBACK, and is no error.
      if (command !== 'COMMIT') throw new LouverError('E_STORAGE_UNAVAILABLE', `COMMIT was answered by ${command}`);
      fit = true;
    } catch (error) {
      fit = isAnswer(error) && (await undone(client));
      if (!fit) this.#inDoubt.add(processIdOf(client));
      throw error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
      client.release(!fit || signal?.aborted === true);
    }
  }

  /** Resolves when nothing that is in doubt can happen any more: those sessions are over. */
  async settleInDoubt(): Promise<void> {
    const processIds = [...this.#inDoubt];
    if (processIds.length === 0) return;
    await this.#end('pid = ANY($1::int[]) AND application_name = $2', [processIds, this.#ours]);
    for (const processId of processIds) this.#inDoubt.delete(processId);
  }

  /** Ends the sessions that a process before this one has left: what they still have to do would come after a look-up. */
  async endPredecessors(): Promise<void> {
    await this.#end('starts_with(application_name, $1) AND application_name <> $2', [
      this.#writersOfSchema,
      this.#ours,
    ]);
  }

  async #end(which: string, values: readonly unknown[]): Promise<void> {
    const sessions = `FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user AND ${which}`;
    await this.ask(async (client) => {
      await client.query(`SELECT pg_terminate_backend(pid, ${NETWORK_MS}) ${sessions}`, [...values]);
      const { rows } = await client.query<{ pid: number }>(`SELECT pid ${sessions}`, [...values]);
      if (rows.length === 0) return;
      const still = rows.map(({ pid }) => pid).join(', ');
      throw new LouverError('E_STORAGE_UNAVAILABLE', `a write whose answer is missing still runs in process ${still}`);
    });
  }

  /** Batches of what the statement finds, all as of one moment; stopping early ends the session. */
  async *stream(text: string, values: readonly unknown[], batchRows: number): AsyncGenerator<readonly Found[]> {
    const client = new pg.Client(this.#config);
    client.on('error', () => undefined);
    this.#streams.add(client);
    try {
      await client.connect();
      await client.query('BEGIN READ ONLY');
      await client.query(`DECLARE batches NO SCROLL CURSOR FOR ${text}`, [...values]);
      for (;;) {
        const { rows } = await client.query<Found>(`FETCH ${batchRows} FROM batches`);
        if (rows.length > 0) yield rows;
        if (rows.length < batchRows) return;
      }
    } finally {
      this.#streams.delete(client);
      await client.end().catch(() => undefined);
    }
  }

  /** Streams end at once; whoever asks or writes has been waited for. A network that is silent is not. */
  async close(clock: Clock): Promise<void> {
    const ends = [...this.#streams, this.#readers, this.#writers].map((part) => part.end());
    const waiting = new AbortController();
    await Promise.race([Promise.allSettled(ends), clock.sleep(NETWORK_MS, waiting.signal)]);
    waiting.abort();
  }
}

/** With the password in it: `pg` takes what the URL has not as said to be empty. */
function addressOf({ url, password }: Settings): string {
  const address = new URL(url);
  if (password !== undefined) address.password = encodeURIComponent(password);
  return address.href;
}

export type Found = Readonly<Record<string, unknown>>;

/** Whether the session is as new again. */
async function undone(client: pg.ClientBase): Promise<boolean> {
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  );
}

/** What `pg` keeps of the server's greeting, and its types do not name. */
function processIdOf(client: pg.ClientBase): number {
  return (client as unknown as { readonly processID: number }).processID;
}
