import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { FrontEngine, type EngineSettings, type Statement } from './front-engine.js';

/** What this front itself understands; every other parameter of a URL is a setting. */
const NOT_SETTINGS = new Set([
  'query',
  'query_id',
  'database',
  'user',
  'password',
  'wait_end_of_query',
  'enable_http_compression',
]);

export interface ChdbFrontOptions extends EngineSettings {
  /** Default: any free one. */
  readonly port?: number;
  /** PEM; then it speaks https. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Where a request is when somebody may interfere: about to reach the engine, or done and about to be answered. */
export type Interception = (request: IncomingMessage, response: ServerResponse, sql: string) => boolean;

export interface ChdbFront {
  readonly url: string;
  /** User names and their passwords. At first `default` without one. */
  readonly users: Map<string, string>;
  /** Set to decide a request before the engine sees it: true when it is answered (or left to hang). A ping's sql is `ping`. */
  intercept: Interception | undefined;
  /** The same once the engine has carried the request out. */
  interceptAnswer: Interception | undefined;
  /** Kept in system.processes for so long before it is carried out. */
  delay: ((sql: string) => Promise<unknown> | undefined) | undefined;
  /** SQL of every request, in order. */
  readonly seen: string[];
  /** Of request bodies: as they came, and unpacked. */
  readonly received: { bytes: number; unpackedBytes: number };
  /** Straight to the engine. */
  sql(statement: string): Promise<string>;
  /** Nothing listens any more, and every connection is cut; `listen` ends it, on the same port. */
  refuse(): Promise<void>;
  listen(): Promise<void>;
  close(): Promise<void>;
}

class ServerError extends Error {
  constructor(code: number, name: string, words: string) {
    super(`Code: ${code}. DB::Exception: ${words}. (${name}) (version 26.7.2.1 (official build))\n`);
  }
}

/** ClickHouse's HTTP interface in front of the embedded engine: the network path is tested with real SQL and the real client. */
export async function chdbFront(path: string, options: ChdbFrontOptions = {}): Promise<ChdbFront> {
  const engine = new FrontEngine(path, options);
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void answer(request, response).catch((error: unknown) => fail(request, response, error));
  };
  const server: Server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  // As a server keeps idle connections.
  server.keepAliveTimeout = 10_000;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: fields } = new URL(request.url ?? '/', 'http://front');
    if (request.method === 'GET' && (pathname === '/ping' || (pathname === '/' && !fields.has('query')))) {
      if (front.intercept?.(request, response, 'ping') !== true) response.end('Ok.\n');
      return;
    }
    const statement = await statementOf(request, fields);
    front.seen.push(statement.query);
    if (front.intercept?.(request, response, statement.query) === true) return;
    authenticate(request, fields);
    const delay = front.delay?.(statement.query);
    const database = fields.get('database');
    if (database !== null && !(await engine.sql('SHOW DATABASES')).includes(`"${database}"`)) {
      throw new ServerError(81, 'UNKNOWN_DATABASE', `Database ${database} does not exist`);
    }
    const answered = await engine.run(statement, delay === undefined ? undefined : () => delay);
    if (front.interceptAnswer?.(request, response, statement.query) === true) return;
    await send(request, response, 200, answered, {
      'X-ClickHouse-Query-Id': statement.queryId,
      'X-ClickHouse-Summary': '{"read_rows":"0","read_bytes":"0","written_rows":"0","written_bytes":"0"}',
      'X-ClickHouse-Format': 'JSONEachRow',
      'X-ClickHouse-Timezone': 'UTC',
      'X-ClickHouse-Exception-Tag': 'frontfrontfront0',
    });
  }

  async function statementOf(request: IncomingMessage, fields: URLSearchParams): Promise<Statement> {
    const raw = await buffer(request);
    let body = await unpacked(raw, request.headers['content-encoding']);
    front.received.bytes += raw.length;
    front.received.unpackedBytes += body.length;
    const type = request.headers['content-type'] ?? '';
    if (type.startsWith('multipart/form-data')) {
      const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
      for (const [name, value] of form) if (typeof value === 'string' && name !== 'query') fields.append(name, value);
      body = Buffer.from(String(form.get('query')));
    }
    const query = fields.get('query');
    return {
      query: query ?? body.toString(),
      data: query === null ? '' : body.toString(),
      settings: new Map([...fields].filter(([name]) => !NOT_SETTINGS.has(name))),
      queryId: fields.get('query_id') ?? `front-${front.seen.length}`,
      userAgent: request.headers['user-agent'] ?? '',
    };
  }

  function authenticate({ headers }: IncomingMessage, fields: URLSearchParams): void {
    const basic = /^Basic (.*)$/.exec(headers.authorization ?? '')?.[1];
    const [basicUser, ...basicPassword] = Buffer.from(basic ?? '', 'base64')
      .toString()
      .split(':');
    const user = headers['x-clickhouse-user'] ?? fields.get('user') ?? (basicUser || 'default');
    const password = headers['x-clickhouse-key'] ?? fields.get('password') ?? basicPassword.join(':');
    if (front.users.get(String(user)) === password) return;
    const words = 'Authentication failed: password is incorrect, or there is no user with such name';
    throw new ServerError(516, 'AUTHENTICATION_FAILED', `${String(user)}: ${words}`);
  }

  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  const refuse = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  await listen(options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  const front: ChdbFront = {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    users: new Map([['default', '']]),
    intercept: undefined,
    interceptAnswer: undefined,
    delay: undefined,
    seen: [],
    received: { bytes: 0, unpackedBytes: 0 },
    sql: (statement) => engine.sql(statement),
    refuse,
    listen: () => listen(port),
    async close() {
      if (server.listening) await refuse();
      await engine.close();
    },
  };
  return front;
}

async function unpacked(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (encoding === undefined) return body;
  if (encoding !== 'gzip') throw new ServerError(48, 'NOT_IMPLEMENTED', `Unknown compression method: ${encoding}`);
  return promisify(gunzip)(body).catch(() => {
    throw new ServerError(354, 'ZLIB_INFLATE_FAILED', 'inflate failed: incorrect header check');
  });
}

async function fail(request: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
  // The client has gone.
  if (request.destroyed && !request.complete) return;
  const message = error instanceof Error ? error.message : String(error);
  const code = Number(/Code: (\d+)/.exec(message)?.[1] ?? 0);
  await send(request, response, statusOf(code), message, { 'X-ClickHouse-Exception-Code': String(code) });
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  answer: string | Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const { searchParams } = new URL(request.url ?? '/', 'http://front');
  const isPacked =
    searchParams.get('enable_http_compression') === '1' &&
    /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const body = isPacked ? await promisify(gzip)(answer) : Buffer.from(answer);
  if (isPacked) response.setHeader('Content-Encoding', 'gzip');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(status).end(body);
}

/** As ClickHouse's exceptionCodeToHTTPStatus for what occurs here. */
function statusOf(code: number): number {
  if (code === 194) return 401;
  if ([192, 193, 516].includes(code)) return 403;
  if ([6, 25, 26, 27, 38, 41, 47, 53, 62, 72, 117].includes(code)) return 400;
  if ([46, 47, 50, 60, 73, 81, 115].includes(code)) return 404;
  if (code === 48) return 501;
  if (code === 159) return 408;
  return 500;
}
