import { createHash, timingSafeEqual } from 'node:crypto';
import { LouverError } from '@louver/core';
import type { ApiMiddleware, ApiToken, TokenRole } from './api-types.js';
import { problem } from './problem-document.js';

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/**
 * Lets through requests with one of the tokens [RFC 6750]. Every token is compared, by its hash, whichever fits: neither length nor
 * content shows in the time that the answer takes. Throws `E_CONFIG` for a token that no header could carry.
 */
export function bearerAuth(tokens: readonly ApiToken[]): ApiMiddleware {
  const known = tokens.map(({ name, token, role = 'admin' }) => {
    if (!/^[\x21-\x7e]+$/.test(token)) {
      const problemOfToken = token === '' ? 'is empty' : 'has characters other than printable ASCII without spaces';
      throw new LouverError('E_CONFIG', `API token ${JSON.stringify(name)} ${problemOfToken}: make a new one`);
    }
    return { name, role, hash: sha256(token) };
  });
  return async (c, next) => {
    const header = c.req.header('authorization');
    const given = header === undefined ? undefined : BEARER.exec(header)?.[1];
    let found: { readonly name: string; readonly role: TokenRole } | undefined;
    if (given !== undefined) {
      const hash = sha256(given);
      for (const each of known) if (timingSafeEqual(hash, each.hash)) found = each;
    }
    if (found === undefined) {
      const challenge = `Bearer realm="louver"${header === undefined ? '' : ', error="invalid_token"'}`;
      const what = header === undefined ? 'no Authorization header' : 'an Authorization header that fits no token';
      const detail = `found ${what}, expected "Authorization: Bearer <token>" with a token of this server`;
      return problem(c, 'unauthorized', detail, { headers: { 'www-authenticate': challenge } });
    }
    c.set('tokenName', found.name);
    c.set('tokenRole', found.role);
    await next();
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
