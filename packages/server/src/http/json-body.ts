import type { ApiContext } from './api-types.js';
import { problem } from './problem-document.js';

/** A thousand ids of 64 characters, with room. */
export const MAX_BODY_BYTES = 256 * 1024;

/**
 * The JSON object of a request, such as `example`, or the answer that refuses it. Only `application/json` is read: a page of another site cannot send that through
 * a browser without asking first.
 */
export async function jsonBody(c: ApiContext, example: string): Promise<Readonly<Record<string, unknown>> | Response> {
  const type = c.req.header('content-type') ?? 'nothing';
  if (!/^application\/json *(;|$)/i.test(type)) {
    return problem(c, 'unsupported-media-type', `Content-Type is ${type.slice(0, 80)}, expected application/json`);
  }
  const bytes = await bodyBytes(c);
  if (bytes === undefined) {
    const detail = `the body is longer than ${MAX_BODY_BYTES} bytes: send less at a time`;
    return problem(c, 'body-too-large', detail, { headers: { connection: 'close' } });
  }
  try {
    const body: unknown = JSON.parse(bytes.toString());
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch {
    // Said below.
  }
  return problem(c, 'bad-parameters', `the body is no JSON object, expected e.g. ${example}`, {
    errors: [{ parameter: 'body', detail: 'is no JSON object' }],
  });
}

/** `undefined`: too many. */
async function bodyBytes(c: ApiContext): Promise<Buffer | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = c.req.raw.body?.getReader();
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) return Buffer.concat(parts);
    length += part.value.length;
    if (length > MAX_BODY_BYTES) return undefined;
    parts.push(part.value);
  }
}
