import type { ApiMiddleware, TokenRole } from './api-types.js';
import { problem } from './problem-document.js';

/** Each may what those before it may. */
const RANKS: readonly TokenRole[] = ['viewer', 'operator', 'admin'];

/** Lets through tokens of this role or a higher one, and everybody where there are no tokens. */
export function atLeast(least: TokenRole): ApiMiddleware {
  const rank = RANKS.indexOf(least);
  return async (c, next) => {
    const role = c.get('tokenRole');
    if (role !== undefined && RANKS.indexOf(role) < rank) {
      const detail = `this token has the role ${role}, expected ${RANKS.slice(rank).join(' or ')}`;
      // A body is not read: the connection cannot be used for another request.
      return problem(c, 'forbidden', detail, { headers: { connection: 'close' } });
    }
    await next();
  };
}

/** As {@link atLeast}, but nobody where there are no tokens: for what is not to be left to every program on this machine. */
export function atLeastWithToken(least: TokenRole): ApiMiddleware {
  const check = atLeast(least);
  return async (c, next) => {
    if (c.get('tokenRole') !== undefined) return check(c, next);
    const detail =
      `this server has no tokens, expected one with the role ${RANKS.slice(RANKS.indexOf(least)).join(' or ')}: ` +
      'set LOUVER_API_TOKEN or api.tokens, restart, and send it as "Authorization: Bearer <token>"';
    return problem(c, 'forbidden', detail, { headers: { connection: 'close' } });
  };
}
