import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGzip, type Gzip } from 'node:zlib';
import { exceptionBlock, exceptionTag } from './exception-block.js';
import { GuestError } from './guest-error.js';
import type { GuestAnswer } from './guest-reads.js';
import type { GuestRequest } from './guest-request.js';

/** Nothing that is served may be sniffed, framed, cached or run as a page. */
const SECURITY = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): undefined {
  const type = { 'content-type': 'text/plain; charset=UTF-8' };
  response.writeHead(status, { ...SECURITY, ...type, ...headers, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** As fast as it is taken, gzipped for whoever takes that. What fails on the way is said at the end, and the connection cut there. */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  asked: GuestRequest,
  answer: GuestAnswer,
): Promise<void> {
  const isPacked = takesGzip(request, asked);
  const tag = exceptionTag();
  response.writeHead(200, {
    ...SECURITY,
    'content-type': answer.format.contentType,
    'x-clickhouse-query-id': asked.queryId,
    'x-clickhouse-format': answer.format.name,
    'x-clickhouse-timezone': asked.fields.get('session_timezone') || answer.facts.timeZone,
    'x-clickhouse-server-display-name': answer.facts.displayName,
    'x-clickhouse-exception-tag': tag,
    ...(isPacked ? { 'content-encoding': 'gzip', vary: 'accept-encoding' } : {}),
  });
  const packer = isPacked ? createGzip({ level: 1 }) : undefined;
  packer?.pipe(response, { end: false });
  const sink = packer ?? response;
  let error: GuestError | undefined;
  try {
    for await (const piece of answer.body) {
      if (response.destroyed) return;
      if (!sink.write(piece)) await drained(sink, response);
    }
  } catch (thrown) {
    if (response.destroyed) return;
    error = GuestError.of(thrown);
    sink.write(exceptionBlock(error.message, tag));
  }
  if (packer !== undefined) await ended(packer, response);
  // Without the last chunk: whoever knows nothing of the block above sees that the answer is not whole. What is unpacked on the way
  // would be lost with its connection, and the block with it.
  if (error !== undefined && packer === undefined) return void response.socket?.end();
  response.end();
  if (!response.writableFinished && !response.destroyed)
    await Promise.race([once(response, 'finish'), once(response, 'close')]);
}

/** Or closed, when nobody will take it any more. */
async function drained(sink: Gzip | ServerResponse, response: ServerResponse): Promise<void> {
  const over = new AbortController();
  const events = [once(sink, 'drain', { signal: over.signal }), once(response, 'close', { signal: over.signal })];
  await Promise.race(events).finally(() => over.abort());
  await Promise.allSettled(events);
}

async function ended(packer: Gzip, response: ServerResponse): Promise<void> {
  const over = new AbortController();
  const events = [once(packer, 'end', { signal: over.signal }), once(response, 'close', { signal: over.signal })];
  packer.end();
  await Promise.race(events).finally(() => over.abort());
  await Promise.allSettled(events);
}

function takesGzip({ headers }: IncomingMessage, { fields }: GuestRequest): boolean {
  return fields.get('enable_http_compression') !== '0' && /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''));
}
