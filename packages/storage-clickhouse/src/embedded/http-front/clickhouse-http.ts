import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { defaultContext, LouverError, type Clock } from '@louver/core';
import type { EmbeddedStorage } from '../embedded-clickhouse.js';
import { authenticate, checkOrigin, type Credentials } from './doorkeeper.js';
import { GuestError } from './guest-error.js';
import { GuestReads } from './guest-reads.js';
import { readRequest, type GuestRequest } from './guest-request.js';
import { DEFAULT_LIMITS, type GuestLimits } from './guest-settings.js';
import { sendAnswer, sendText } from './send-answer.js';

export interface ClickhouseHttpOptions {
  /** Of the one user that there is. Default `reader`. */
  readonly username?: string;
  /** Absent: none is asked for, and only requests to localhost, 127.0.0.1 and [::1] are answered. Never listen elsewhere without one. */
  readonly password?: string;
  /** What one question may cost. */
  readonly limits?: Partial<GuestLimits>;
  /** Default: real time. */
  readonly clock?: Clock;
}

export interface ClickhouseHttp {
  /** Not listening yet. */
  readonly server: Server;
  /** Ends the questions that run, cuts every connection. Before the storage is closed. Idempotent. */
  close(): Promise<void>;
}

/** A client that takes longer to say what it wants is cut off (Slowloris). */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Above the 60 s of common proxies. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** A statement of 64 KiB in a URL. */
const MAX_HEADER_BYTES = 80 * 1024;
const MAX_CONNECTIONS = 256;
/** A client that stops reading its answer does not keep it for longer. */
const STALLED_MS = 30_000;

/**
 * ClickHouse's HTTP interface in front of an embedded ClickHouse, for reading: Grafana, @clickhouse/client, curl. Statements that change
 * anything, or read anything but tables, are refused; see docs/reading-the-database.md. Throws `E_CONFIG` for an empty password.
 */
export function clickhouseHttp(storage: EmbeddedStorage, options: ClickhouseHttpOptions = {}): ClickhouseHttp {
  const { username = 'reader', password, clock = defaultContext().clock } = options;
  if (password === '')
    throw new LouverError('E_CONFIG', 'clickhouseHttp: password is empty: give one, or leave it out');
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const reads = new GuestReads(storage.guests, storage.database, limits, clock);
  const credentials = { username, password };
  const running = new Map<Promise<void>, AbortController>();

  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: 5_000,
      maxHeaderSize: MAX_HEADER_BYTES,
      noDelay: true,
    },
    (request, response) => {
      const over = new AbortController();
      const answering = answer(request, response, over);
      running.set(answering, over);
      void answering.finally(() => running.delete(answering));
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = limits.timeoutMs + STALLED_MS;

  async function answer(request: IncomingMessage, response: ServerResponse, over: AbortController): Promise<void> {
    response.once('close', () => over.abort());
    // One that drips its answer is cut off too: others want its place.
    void clock.sleep(limits.timeoutMs + STALLED_MS, over.signal).then(() => over.signal.aborted || response.destroy());
    try {
      const asked = await admitted(request, response, credentials);
      if (asked === undefined) return;
      const found = await reads.ask(asked, over.signal);
      await sendAnswer(request, response, asked, found).finally(() => found.close());
    } catch (error) {
      fail(request, response, GuestError.of(error));
    } finally {
      over.abort();
    }
  }

  async function close(): Promise<void> {
    for (const over of running.values()) over.abort();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await Promise.allSettled([...running.keys(), closed]);
  }
  let closed: Promise<void> | undefined;
  return { server, close: () => (closed ??= close()) };
}

/** What is asked of the engine; undefined when it is answered already. */
async function admitted(
  request: IncomingMessage,
  response: ServerResponse,
  credentials: Credentials,
): Promise<GuestRequest | undefined> {
  checkOrigin(request.headers, credentials);
  const url = urlOf(request);
  const { pathname, searchParams } = url;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (isRead && (pathname === '/ping' || (pathname === '/' && !searchParams.has('query')))) {
    return sendText(response, 200, 'Ok.\n');
  }
  if (pathname !== '/' && pathname !== '/query') {
    return sendText(
      response,
      404,
      `There is no handle ${pathname}\n\nUse / with a query, or /ping for health checks.\n`,
    );
  }
  if (!isRead && request.method !== 'POST')
    return sendText(response, 405, 'Use GET or POST.\n', { allow: 'GET, POST' });
  authenticate(request.headers, url, credentials);
  return readRequest(request, url);
}

function urlOf(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '/', 'http://engine');
  } catch {
    throw new GuestError(36, 'BAD_ARGUMENTS', 'the request target cannot be read.');
  }
}

/** What is left of the request is not read: its connection cannot be used for another one. */
function fail(request: IncomingMessage, response: ServerResponse, error: GuestError): void {
  if (response.destroyed) return;
  if (response.headersSent) return void response.destroy();
  sendText(response, error.status, `${error.message}\n`, {
    'x-clickhouse-exception-code': String(error.code),
    ...(request.complete ? {} : { connection: 'close' }),
    ...(error.status === 401 ? { 'www-authenticate': 'Basic realm="ClickHouse server HTTP API"' } : {}),
  });
}
