import type { Context, Pipeline, StorageReader } from '@louver/core';
import { Hono } from 'hono';
import type { ServerHealth } from '../roles/role.js';
import type { ApiContext, ApiEnv, ApiMiddleware, ApiToken } from './api-types.js';
import { bearerAuth } from './bearer-auth.js';
import { listDeadLetters, oneDeadLetter, operatorsOnly, replayLetters } from './dead-letter-endpoints.js';
import { deviceEndpoints } from './device-endpoints.js';
import { REPLAY_PATH } from './paths.js';
import { problem } from './problem-document.js';
import { localNamesOnly, requestBounds, securityHeaders } from './request-guard.js';
import { requestLog } from './request-log.js';
import { isAway, storageAway, storageGuard } from './storage-guard.js';

export interface AppOptions {
  readonly health: () => ServerHealth;
  /** Absent: the storage cannot be read back, and `/api/devices…` answers 501. */
  readonly reader?: StorageReader | undefined;
  /** Takes dead letters in again. Absent: this process takes nothing in. */
  readonly replay?: Pipeline['replay'] | undefined;
  /** None: everybody may read, but only under a name of this machine itself. */
  readonly tokens: readonly ApiToken[];
  readonly context: Context;
  /** Requests to storage at a time; one more is answered 503. Default 32. */
  readonly maxConcurrentReads?: number;
}

/**
 * The HTTP API as a function from request to response, without a socket. Throws `E_CONFIG` for a token that no header could carry.
 */
export function createApp(options: AppOptions): Hono<ApiEnv> {
  const { health, reader, replay, tokens, context, maxConcurrentReads = 32 } = options;
  const app = new Hono<ApiEnv>();

  app.use(requestLog(context), securityHeaders, requestBounds);
  if (tokens.length === 0) app.use(localNamesOnly);
  else app.use('/api/*', bearerAuth(tokens));

  route(app, '/healthz', (c) => c.json({ status: 'alive' }));
  route(app, '/readyz', (c) => {
    const { state, reasons, durability, components } = health();
    return c.json({ state, reasons, durability, components }, state === 'ready' ? 200 : 503);
  });

  const guard = storageGuard(health, maxConcurrentReads);
  for (const paths of ['/api/devices/*', '/api/dead-letters/*']) app.use(paths, readable(reader), guard);
  if (reader !== undefined) {
    for (const [path, handler] of deviceEndpoints(reader)) route(app, path, handler);
    const parts = { reader, replay, clock: context.clock };
    app.use(REPLAY_PATH, operatorsOnly);
    route(app, REPLAY_PATH, (c) => replayLetters(c, parts), 'POST');
    route(app, '/api/dead-letters', (c) => listDeadLetters(c, reader));
    route(app, '/api/dead-letters/:id', (c) => oneDeadLetter(c, reader));
  }

  app.notFound((c) => problem(c, 'unknown-route', `${c.req.path} is nothing that this server knows`));
  app.onError((error, c) => {
    if (isAway(error)) return storageAway(c, error.message);
    context.logger.error('http request failed', {
      requestId: c.get('requestId'),
      path: c.req.path,
      error: error.stack,
    });
    return problem(
      c,
      'internal-error',
      `the request failed; the log has the reason under request id ${c.get('requestId')}`,
    );
  });
  return app;
}

function route(
  app: Hono<ApiEnv>,
  path: string,
  handler: (c: ApiContext) => Response | Promise<Response>,
  method: 'GET' | 'POST' = 'GET',
): void {
  app.on(method, path, handler);
  app.all(path, (c) => {
    const [expected, allow] = method === 'GET' ? ['GET or HEAD', 'GET, HEAD'] : [method, method];
    return problem(c, 'method-not-allowed', `${c.req.method} is not possible here, expected ${expected}`, {
      headers: { allow },
    });
  });
}

function readable(reader: StorageReader | undefined): ApiMiddleware {
  return async (c, next) => {
    if (reader === undefined)
      return problem(c, 'cannot-read-back', 'this server has no storage that could be read (its role or its adapter)');
    await next();
  };
}
