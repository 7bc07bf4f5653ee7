import type { IncomingMessage } from 'node:http';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { GuestError } from './guest-error.js';

/** What is asked, as it came. */
export interface GuestRequest {
  readonly query: string;
  /** Everything of the URL and of a form: settings, values, names. */
  readonly fields: ReadonlyMap<string, string>;
  readonly queryId: string;
  /** Where the statement names none. */
  readonly defaultFormat: string | undefined;
  /** Of the client's protocol: how it wants blocks of Native. 0: as files have them. */
  readonly protocolVersion: number;
  readonly database: string | undefined;
}

/** The engine's own bound on a statement is 256 KiB; values come beside it. */
const MAX_BODY_BYTES = 1024 ** 2;

/** Throws a {@link GuestError} for what cannot be read. */
export async function readRequest(request: IncomingMessage, url: URL): Promise<GuestRequest> {
  const fields = new Map(url.searchParams);
  let text = '';
  const body = await unpacked(await bodyOf(request), request.headers['content-encoding']);
  const type = request.headers['content-type'] ?? '';
  if (/^multipart\/form-data\b/i.test(type)) {
    for (const [name, value] of await formOf(body, type)) {
      if (typeof value !== 'string') throw new GuestError(48, 'NOT_IMPLEMENTED', 'External tables are not available.');
      fields.set(name, value);
    }
  } else {
    text = body.toString();
  }
  if (fields.get('decompress') === '1' || fields.get('compress') === '1') {
    const words =
      'Blocks of ClickHouse’s own compression are not available: use compress=0, and gzip over HTTP if at all.';
    throw new GuestError(48, 'NOT_IMPLEMENTED', words);
  }
  const header = (name: string): string | undefined => request.headers[name]?.toString();
  return {
    query: [fields.get('query') ?? '', text].filter((part) => part !== '').join('\n'),
    fields,
    queryId: fields.get('query_id') || randomUUID(),
    defaultFormat: header('x-clickhouse-format') ?? fields.get('default_format'),
    protocolVersion: Number(fields.get('client_protocol_version') ?? 0) || 0,
    database: header('x-clickhouse-database') ?? fields.get('database'),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

async function unpacked(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity' || body.length === 0) return body;
  if (encoding !== 'gzip') throw new GuestError(48, 'NOT_IMPLEMENTED', `Unknown compression method: ${encoding}.`);
  try {
    return await promisify(gunzip)(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new GuestError(354, 'ZLIB_INFLATE_FAILED', 'inflate failed: incorrect header check.');
  }
}

async function formOf(body: Buffer, type: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  } catch {
    throw new GuestError(36, 'BAD_ARGUMENTS', 'the body is not the form that its Content-Type says.');
  }
}

const tooLarge = (): GuestError =>
  new GuestError(307, 'TOO_MANY_BYTES', `the request is larger than ${MAX_BODY_BYTES} bytes.`);
