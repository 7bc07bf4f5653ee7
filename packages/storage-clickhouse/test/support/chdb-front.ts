import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Session } from 'chdb';

/** What this front itself understands; every other parameter of a URL is a setting. */
const NOT_SETTINGS = new Set(['query', 'query_id', 'database', 'wait_end_of_query', 'enable_http_compression']);

export interface ChdbFront {
  readonly url: string;
  /** Set to decide a request before the engine sees it: true when it is answered (or left to hang). */
  intercept: ((request: IncomingMessage, response: ServerResponse, sql: string) => boolean) | undefined;
  /** SQL of every request, in order. */
  readonly seen: string[];
  /** Straight to the engine. */
  sql(statement: string): Promise<string>;
  close(): Promise<void>;
}

/** ClickHouse's HTTP interface in front of the embedded engine: the network path is tested with real SQL and the real client. */
export async function chdbFront(path: string): Promise<ChdbFront> {
  const session = new Session(path);
  let tail: Promise<unknown> = Promise.resolve();
  const exclusively = <T>(call: () => Promise<T>): Promise<T> => {
    const result = tail.then(call);
    tail = result.catch(() => undefined);
    return result;
  };
  const run = async (statement: string): Promise<string> =>
    (await session.queryAsync(statement, { format: 'JSONEachRow' })).text();

  const server: Server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      const code = /Code: (\d+)/.exec(message)?.[1] ?? '0';
      response.writeHead(500, { 'X-ClickHouse-Exception-Code': code }).end(message);
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fields = new URL(request.url ?? '/', 'http://front').searchParams;
    let body = await buffer(request);
    const type = request.headers['content-type'] ?? '';
    if (type.startsWith('multipart/form-data')) {
      const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
      for (const [name, value] of form) if (typeof value === 'string' && name !== 'query') fields.append(name, value);
      body = Buffer.from(String(form.get('query')));
    }
    const query = fields.get('query');
    const statement = query === null ? body.toString() : `${query}\n${body.toString()}`;
    front.seen.push(query ?? statement);
    if (front.intercept?.(request, response, query ?? statement) === true) return;
    const answered = await exclusively(async () => {
      for (const [name, value] of fields) {
        if (NOT_SETTINGS.has(name)) continue;
        await run(`SET ${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`);
      }
      return run(statement);
    });
    response.writeHead(200).end(answered);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const front: ChdbFront = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    intercept: undefined,
    seen: [],
    sql: (statement) => exclusively(() => run(statement)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await tail;
      session.close();
    },
  };
  return front;
}
