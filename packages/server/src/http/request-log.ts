import type { Context } from '@louver/core';
import { routePath } from 'hono/route';
import type { ApiMiddleware } from './api-types.js';

/** A request id from outside that is safe to log and to send back. */
const SANE_ID = /^[A-Za-z0-9._:-]{1,64}$/;

/**
 * Gives every request an id (`x-request-id`: the caller's own when it is sane) and one line in the log when it is answered. The query is
 * left out: people paste secrets there.
 */
export function requestLog({ clock, logger, metrics, random }: Context): ApiMiddleware {
  return async (c, next) => {
    const given = c.req.header('x-request-id');
    const requestId = given !== undefined && SANE_ID.test(given) ? given : hex32(random) + hex32(random);
    c.set('requestId', requestId);
    c.header('x-request-id', requestId);
    const startedMs = clock.now();
    await next();
    const { status } = c.res;
    const durationMs = clock.now() - startedMs;
    const { method, path } = c.req;
    // By route, not by path: a label for each device would be one time series for each.
    const labels = { route: routePath(c, -1), status: String(status) };
    metrics.count('http_requests_total', labels);
    metrics.observe('http_request_ms', durationMs, labels);
    logger.debug('http request', { requestId, method, path, status, durationMs, by: c.get('tokenName') });
  };
}

function hex32(random: () => number): string {
  return Math.floor(random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, '0');
}
