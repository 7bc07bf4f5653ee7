import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { ClickHouseError, ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { ConnectionFault, INSERT_SETTINGS, type Connection, type InsertRequest, type Params } from '../connection.js';
import { UnsettledInserts } from './unsettled-inserts.js';

export interface HttpConnectionOptions {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
}

/** Over ClickHouse's HTTP interface. */
export class HttpConnection implements Connection {
  readonly #client: ClickHouseClient;
  readonly #requestTimeoutMs: number;
  readonly #unsettled = new UnsettledInserts();

  constructor(options: HttpConnectionOptions) {
    this.#requestTimeoutMs = options.requestTimeoutMs;
    this.#client = createClient({
      url: options.url,
      ...(options.username === undefined ? {} : { username: options.username }),
      ...(options.password === undefined ? {} : { password: options.password }),
      application: 'louver',
      request_timeout: options.requestTimeoutMs,
      max_open_connections: options.maxConnections,
      // Below the 3 s after which servers close an idle connection, or a request meets a closed one ("socket hang up").
      keep_alive: { enabled: true, idle_socket_ttl: 2500, eagerly_destroy_stale_sockets: true },
      // Ids of a lookup are too long for a URL behind a proxy.
      use_multipart_params_auto: true,
      // The status line waits for the outcome: an error never comes after a 200.
      clickhouse_settings: { wait_end_of_query: 1 },
      log: { level: ClickHouseLogLevel.OFF },
    });
  }

  async insert(request: InsertRequest, signal?: AbortSignal): Promise<void> {
    const queryId = randomUUID();
    try {
      await this.#exec({
        query: `INSERT INTO ${request.table} (${request.columns.join(', ')}) FORMAT JSONEachRow`,
        query_id: queryId,
        values: Readable.from(request.body, { objectMode: false }),
        clickhouse_settings: INSERT_SETTINGS,
        ...(signal === undefined ? {} : { abort_signal: signal }),
      });
    } catch (fault) {
      if (fault instanceof ConnectionFault && fault.clickhouseCode === undefined) this.#unsettled.add(queryId);
      throw fault;
    }
  }

  async query(sql: string, params: Params, signal?: AbortSignal): Promise<string> {
    return this.#guard(async () => {
      const result = await this.#client.query({
        query: sql,
        query_params: params,
        format: 'JSONEachRow',
        ...(signal === undefined ? {} : { abort_signal: signal }),
      });
      return result.text();
    });
  }

  async command(sql: string): Promise<void> {
    await this.#exec({ query: sql });
  }

  settleInserts(signal?: AbortSignal): Promise<void> {
    return this.#unsettled.settle(this, signal);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #exec(params: Parameters<ClickHouseClient['exec']>[0]): Promise<void> {
    return this.#guard(async () => {
      const { stream } = await this.#client.exec(params);
      // Read to its end by iteration, which fails when the connection breaks off before it.
      for await (const _ of stream) continue;
    });
  }

  async #guard<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw this.#fault(error);
    }
  }

  #fault(error: unknown): ConnectionFault {
    if (error instanceof ConnectionFault) return error;
    if (error instanceof ClickHouseError) {
      return new ConnectionFault(error.message, { kind: 'server', clickhouseCode: Number(error.code), cause: error });
    }
    const message = error instanceof Error ? error.message : String(error);
    if (message === 'Timeout error.') {
      return new ConnectionFault(`no answer within ${this.#requestTimeoutMs} ms`, { kind: 'timeout', cause: error });
    }
    if (message === 'The user aborted a request.') {
      return new ConnectionFault('stopped by the caller', { kind: 'aborted', cause: error });
    }
    const code = networkCode(error);
    if (code !== undefined) {
      const words = NETWORK_WORDS[code] ?? message;
      return new ConnectionFault(`${words} (${code})`, { kind: 'network', cause: error });
    }
    return new ConnectionFault(message === '' ? 'an empty error answer' : message, { kind: 'server', cause: error });
  }
}

const NETWORK_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; start ClickHouse or correct the url',
  ENOTFOUND: 'the host name is not known; correct the url or the name service',
  ECONNRESET: 'the connection was closed before the answer',
};

/** Of an error, or of the attempts that it collects (a name with an IPv4 and an IPv6 address). */
function networkCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return error.errors.map(networkCode).find((code) => code !== undefined);
  return undefined;
}
