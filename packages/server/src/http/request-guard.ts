import type { ApiMiddleware } from './api-types.js';
import { takesBody } from './paths.js';
import { problem } from './problem-document.js';

/** Four names of 64 characters, two times and a limit need 400 bytes; proxies cut at 2,000 to 8,000. */
const MAX_URL_LENGTH = 2048;

const LOCAL_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Nothing that is served may be sniffed, framed, cached or run as a page. */
export const securityHeaders: ApiMiddleware = async (c, next) => {
  c.header('x-content-type-options', 'nosniff');
  c.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  c.header('referrer-policy', 'no-referrer');
  c.header('cross-origin-resource-policy', 'same-origin');
  c.header('cache-control', 'no-store');
  await next();
};

/** Bounds on what is read of a request. */
export const requestBounds: ApiMiddleware = async (c, next) => {
  const { length } = c.req.url;
  if (length > MAX_URL_LENGTH) {
    return problem(c, 'uri-too-long', `the URL has ${length} characters, expected at most ${MAX_URL_LENGTH}`);
  }
  if (takesBody(c.req.method, c.req.path)) return next();
  const contentLength = c.req.header('content-length');
  if ((contentLength !== undefined && contentLength !== '0') || c.req.header('transfer-encoding') !== undefined) {
    const detail = `${c.req.method} came with a body, expected none: send parameters in the query`;
    // The body is not read: the connection cannot be used for another request.
    return problem(c, 'body-not-allowed', detail, { headers: { connection: 'close' } });
  }
  await next();
};

/**
 * Refuses names that are not this machine's own. Without tokens the loopback address is all that protects the API, and a page whose name
 * an attacker's DNS points at 127.0.0.1 could read it through a browser (DNS rebinding).
 */
export const localNamesOnly: ApiMiddleware = async (c, next) => {
  const header = c.req.header('host');
  const names = [new URL(c.req.url).hostname, ...(header === undefined ? [] : [hostnameOf(header)])];
  const foreign = names.find((name) => !LOCAL_NAMES.has(name));
  if (foreign !== undefined) {
    const detail = `the Host header names ${JSON.stringify(foreign)}, expected localhost, 127.0.0.1 or [::1]: set an API token to serve other names`;
    return problem(c, 'foreign-host', detail);
  }
  await next();
};

function hostnameOf(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}
