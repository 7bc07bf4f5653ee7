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
