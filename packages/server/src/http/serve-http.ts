import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import { bindPort } from '../bind-port.js';
import { createApp, type AppOptions } from './create-app.js';
import { PROBLEM_JSON } from './problem-document.js';

export interface HttpServerOptions extends AppOptions {
  /** Address to listen on. */
  readonly host: string;
  /** TCP port; 0 takes any free one. */
  readonly port: number;
}

export interface HttpServer {
  /** The port that is listened on. */
  readonly port: number;
  /** Takes no new requests and lets those that run end, for 5 s. Idempotent. */
  close(): Promise<void>;
}

/** A client that takes longer to say what it wants is cut off (Slowloris). */
const HEADERS_TIMEOUT_MS = 10_000;
/** A model of 64 MiB at 9 Mbit/s; nothing else has a body worth speaking of. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Above the 60 s of common proxies, so that it is they who close idle connections. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** URL, token and the headers of a browser fit into half of it. */
const MAX_HEADER_BYTES = 8 * 1024;
const MAX_CONNECTIONS = 1_024;
/** A client that stops reading its answer does not keep the rows in memory for longer. */
const STALLED_MS = 60_000;
const CLOSE_GRACE_MS = 5_000;

/** Serves the API. Rejects with `E_CONFIG`, in one line that names the flag, when the port cannot be had. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host, port, context } = options;
  const app = createApp(options);
  let closing: Promise<void> | undefined;
  // overrideGlobalObjects: the process may be somebody else's, whose Request and Response stay as they are.
  const listener = getRequestListener(app.fetch, {
    hostname: 'localhost',
    overrideGlobalObjects: false,
    errorHandler: unreadable,
  });
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: 5_000,
      maxHeaderSize: MAX_HEADER_BYTES,
      noDelay: true,
    },
    (incoming, outgoing) => {
      // server.close() ends the connections that are idle at that moment only.
      outgoing.once('close', () => closing && server.closeIdleConnections());
      void listener(incoming, outgoing);
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = STALLED_MS;
  await bindPort(server, { what: 'HTTP', flag: '--http-port', host, port });

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const grace = new AbortController();
    void context.clock.sleep(CLOSE_GRACE_MS, grace.signal).then(() => server.closeAllConnections());
    await closed;
    grace.abort();
  }
  return { port: (server.address() as AddressInfo).port, close: () => (closing ??= close()) };
}

/** What never reaches the app: an impossible Host header or target. */
function unreadable(error: unknown): Response {
  const isRequest = error instanceof RequestError;
  const body = isRequest
    ? { status: 400, title: 'Bad Request', detail: 'the Host header or the request target cannot be read' }
    : { status: 500, title: 'Internal Server Error', detail: 'the request failed' };
  return new Response(JSON.stringify({ type: 'about:blank', ...body }), {
    status: body.status,
    headers: { 'content-type': PROBLEM_JSON },
  });
}
