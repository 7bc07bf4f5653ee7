import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import type { Clock, Health } from '@louver/core';
import {
  ConnectionFault,
  COPY_SETTINGS,
  INSERT_FORMAT,
  insertSettings,
  type Connection,
  type CopyTarget,
  type InsertRequest,
  type Params,
} from '../connection.js';
import { AnswerEnd } from './answer-end.js';
import { AnswerWatch, RequestLost } from './answer-watch.js';
import { foreignAnswer, httpFault, isFromClickhouse } from './http-faults.js';
import { resettingAgent } from './resetting-agent.js';
import { UnsettledInserts } from './unsettled-inserts.js';

export interface HttpConnectionOptions {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
  readonly compression: boolean;
  /** Of every statement. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** Level 1: 5.7 times smaller for 1 µs a row; level 6 takes half as long again for 6.7 times (readings; see the README). */
const GZIP = { codec: 'gzip', level: 1 } as const;
const PING_TIMEOUT_MS = 1_000;
/** Pings follow each other faster than they time out. */
const PING_CONNECTIONS = 4;
const CLOSE_PATIENCE_MS = 2_000;
/** What is newest of each device is made of all that is stored once: minutes for a billion rows. A server that falls silent is noticed by the pings. */
const MIGRATION_TIMEOUT_MS = 24 * 3_600_000;

/** Over ClickHouse's HTTP interface. */
export class HttpConnection implements Connection {
  readonly closePatienceMs = CLOSE_PATIENCE_MS;
  readonly #client: ClickHouseClient;
  /** For what may take hours. */
  readonly #patient: ClickHouseClient;
  /** On connections of its own: those of the requests may all be waiting. */
  readonly #pings: ClickHouseClient;
  readonly #watch: AnswerWatch;
  readonly #requestTimeoutMs: number;
  readonly #unsettled: UnsettledInserts;

  constructor(
    options: HttpConnectionOptions,
    private readonly clock: Clock,
  ) {
    const { url, username, password, requestTimeoutMs, maxConnections, compression, settings } = options;
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#unsettled = new UnsettledInserts(clock);
    const common = {
      url,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      application: 'louver',
      log: { level: ClickHouseLogLevel.OFF },
    };
    // Each with connections of its own: a client ends those that were idle for long, and would end them while the other one uses them.
    const requests = () => ({
      ...common,
      http_agent: resettingAgent(url, { keepAlive: true, maxSockets: maxConnections }),
      // Below the 3 s after which servers close an idle connection, or a request meets a closed one ("socket hang up").
      keep_alive: { enabled: true, idle_socket_ttl: 2500, eagerly_destroy_stale_sockets: true },
      compression: { request: compression ? GZIP : false, response: compression },
      // Ids of a lookup are too long for a URL behind a proxy.
      use_multipart_params_auto: true,
      // The status line waits for the outcome: an error never comes after a 200.
      clickhouse_settings: { ...settings, wait_end_of_query: 1 as const },
    });
    this.#client = createClient({ ...requests(), request_timeout: requestTimeoutMs });
    this.#patient = createClient({ ...requests(), request_timeout: MIGRATION_TIMEOUT_MS });
    this.#pings = createClient({ ...common, request_timeout: PING_TIMEOUT_MS, max_open_connections: PING_CONNECTIONS });
    this.#watch = new AnswerWatch({ clock, ping: () => this.#ping(), running: (ids) => this.#running(ids) });
  }

  begin(database: string): Promise<void> {
    return this.#unsettled.adopt(this, database);
  }

  async insert(request: InsertRequest, signal?: AbortSignal): Promise<void> {
    const queryId = randomUUID();
    try {
      await this.#exec(queryId, signal, {
        query: `INSERT INTO ${request.table} (${request.columns.join(', ')}) FORMAT ${INSERT_FORMAT}`,
        values: Readable.from(request.body, { objectMode: false }),
        clickhouse_settings: insertSettings(),
      });
    } catch (fault) {
      if (fault instanceof ConnectionFault && fault.clickhouseCode === undefined) this.#unsettled.add(queryId);
      throw fault;
    }
  }

  async query(sql: string, params: Params, signal?: AbortSignal): Promise<string> {
    try {
      return await this.#query(sql, params, signal);
    } catch (fault) {
      // The server answers again, and a question may be asked twice.
      if (fault instanceof ConnectionFault && fault.cause instanceof RequestLost)
        return this.#query(sql, params, signal);
      throw fault;
    }
  }

  async *stream(sql: string, params: Params): AsyncGenerator<string> {
    const queryId = randomUUID();
    const result = await this.#call(queryId, undefined, (abort_signal) =>
      this.#client.query({
        query: sql,
        query_id: queryId,
        query_params: params,
        format: 'JSONEachRow',
        abort_signal,
        // The server would collect the whole answer before the first byte of it.
        clickhouse_settings: { wait_end_of_query: 0 },
      }),
    );
    try {
      if (!isFromClickhouse(result.response_headers)) throw foreignAnswer(await result.text());
      for await (const rows of result.stream()) yield rows.map(({ text }) => text).join('\n');
    } catch (error) {
      throw httpFault(error, this.#requestTimeoutMs);
    } finally {
      result.close();
    }
  }

  /** As it comes: the server would collect the whole file before the first byte of it. */
  copy(sql: string, params: Params, { file, format }: CopyTarget, signal?: AbortSignal): Promise<void> {
    const queryId = randomUUID();
    return this.#call(queryId, signal, async (abort_signal) => {
      const { stream, response_headers } = await this.#client.exec({
        query: `${sql} FORMAT ${format} ${COPY_SETTINGS}`,
        query_id: queryId,
        query_params: params,
        abort_signal,
        clickhouse_settings: { wait_end_of_query: 0 },
      });
      if (!isFromClickhouse(response_headers)) throw foreignAnswer(await text(stream));
      const tag = response_headers['x-clickhouse-exception-tag'];
      const end = new AnswerEnd(typeof tag === 'string' ? tag : undefined);
      await pipeline(stream, end.watch(), createWriteStream(file, { flags: 'wx', mode: 0o600 }), {
        signal: abort_signal,
      });
      end.check(format);
    });
  }

  command(sql: string, params: Params = {}, signal?: AbortSignal): Promise<void> {
    return this.#exec(randomUUID(), signal, { query: sql, query_params: params });
  }

  migrate(sql: string): Promise<void> {
    return this.#exec(randomUUID(), undefined, { query: sql }, this.#patient);
  }

  settleInserts(signal?: AbortSignal): Promise<void> {
    return this.#unsettled.settle(this, signal);
  }

  health(): Health {
    const { silentSinceMs } = this.#watch;
    if (silentSinceMs === undefined) return { ok: true };
    return { ok: false, reason: `no answer for ${Math.ceil((this.clock.now() - silentSinceMs) / 1000)} s` };
  }

  async close(): Promise<void> {
    this.#watch.close();
    await this.#client.close();
    await this.#patient.close();
    await this.#pings.close();
  }

  #query(sql: string, params: Params, signal?: AbortSignal): Promise<string> {
    const queryId = randomUUID();
    return this.#call(queryId, signal, async (abort_signal) => {
      const result = await this.#client.query({
        query: sql,
        query_id: queryId,
        query_params: params,
        format: 'JSONEachRow',
        abort_signal,
      });
      const text = await result.text();
      if (!isFromClickhouse(result.response_headers)) throw foreignAnswer(text);
      return text;
    });
  }

  #exec(
    queryId: string,
    signal: AbortSignal | undefined,
    { clickhouse_settings, ...params }: Parameters<ClickHouseClient['exec']>[0],
    client = this.#client,
  ): Promise<void> {
    return this.#call(queryId, signal, async (abort_signal) => {
      const { stream, response_headers } = await client.exec({
        ...params,
        query_id: queryId,
        abort_signal,
        // There is nothing in the answer to be compressed.
        clickhouse_settings: { ...clickhouse_settings, enable_http_compression: 0 },
        decompress_response_stream: false,
      });
      // Read to its end by iteration, which fails when the connection breaks off before it.
      let text = '';
      for await (const chunk of stream) if (text.length < 4096) text += String(chunk);
      if (!isFromClickhouse(response_headers)) throw foreignAnswer(text);
    });
  }

  async #call<T>(
    queryId: string,
    signal: AbortSignal | undefined,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      const result = await this.#watch.during(queryId, signal, call);
      this.#watch.answered();
      return result;
    } catch (error) {
      if (error instanceof RequestLost) {
        throw new ConnectionFault('the server was silent, and has lost the request', { kind: 'network', cause: error });
      }
      const fault = httpFault(error, this.#requestTimeoutMs);
      if (fault.isAbsence) this.#watch.unreachable();
      throw fault;
    }
  }

  async #ping(): Promise<boolean> {
    return (await this.#pings.ping()).success;
  }

  async #running(ids: readonly string[]): Promise<ReadonlySet<string> | undefined> {
    try {
      const query = 'SELECT query_id FROM system.processes WHERE query_id IN {ids:Array(String)}';
      const result = await this.#pings.query({ query, query_params: { ids }, format: 'JSONEachRow' });
      const rows = await result.json<{ readonly query_id: string }>();
      return new Set(rows.map(({ query_id }) => query_id));
    } catch {
      return undefined;
    }
  }
}
