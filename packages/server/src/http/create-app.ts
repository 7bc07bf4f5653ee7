import type { Context, DeviceControl, Pipeline, RecordingStore, StorageReader } from '@louver/core';
import { Hono } from 'hono';
import type { ServedModel } from '../assemble/served-model.js';
import { packageVersion } from '../package-version.js';
import type { ServerHealth } from '../roles/role.js';
import type { ApiContext, ApiEnv, ApiMiddleware, ApiToken } from './api-types.js';
import { bearerAuth } from './bearer-auth.js';
import { listDeadLetters, oneDeadLetter, replayLetters } from './dead-letter-endpoints.js';
import { configure, showConfig } from './config-endpoint.js';
import { decommission } from './decommission-endpoint.js';
import { deviceEndpoints } from './device-endpoints.js';
import { showMetrics } from './metrics-endpoint.js';
import { modelEndpoints } from './model-endpoints.js';
import { openapi } from './openapi.js';
import { giveCommand } from './order-endpoint.js';
import { COMMANDS_PATH, CONFIG_PATH, DEVICE_PATH, MODEL_PATH, REPLAY_PATH, ROLL_BACK_PATH } from './paths.js';
import { problem } from './problem-document.js';
import { oneRecording } from './recording-endpoint.js';
import { localNamesOnly, requestBounds, securityHeaders } from './request-guard.js';
import { requestLog } from './request-log.js';
import { isAway, storageAway, storageGuard } from './storage-guard.js';
import { atLeast, atLeastWithToken } from './token-roles.js';

export interface AppOptions {
  readonly health: () => ServerHealth;
  /** What `/metrics` says. Absent: this process counts nothing. */
  readonly metricsText?: (() => Promise<string>) | undefined;
  /** Absent: the storage cannot be read back, and `/api/devices…` answers 501. */
  readonly reader?: StorageReader | undefined;
  /** Absent: recordings are not kept, and `/api/recordings/…` answers 404. */
  readonly recordings?: RecordingStore | undefined;
  /** What people want of devices. Absent: this process has none. */
  readonly devices?: DeviceControl | undefined;
  /** Takes dead letters in again. Absent: this process takes nothing in. */
  readonly replay?: Pipeline['replay'] | undefined;
  /** Absent: nothing is decided in this process, and `/api/model` answers 404. */
  readonly served?: ServedModel | undefined;
  /** Largest model that may be uploaded, in bytes. Default 64 MiB. */
  readonly modelBytes?: number;
  /** None: everybody may do everything but change the model, and only under a name of this machine itself. */
  readonly tokens: readonly ApiToken[];
  readonly context: Context;
  /** Requests to storage at a time; one more is answered 503. Default 32. */
  readonly maxConcurrentReads?: number;
}

/**
 * The HTTP API as a function from request to response, without a socket. Throws `E_CONFIG` for a token that no header could carry.
 */
export function createApp(options: AppOptions): Hono<ApiEnv> {
  const { health, reader, devices, replay, served, tokens, context, maxConcurrentReads = 32 } = options;
  const app = new Hono<ApiEnv>();

  app.use(requestLog(context), securityHeaders, requestBounds);
  if (tokens.length === 0) app.use(localNamesOnly);
  else for (const paths of ['/api/*', '/metrics']) app.use(paths, bearerAuth(tokens));

  route(app, '/healthz', { GET: (c) => c.json({ status: 'alive' }) });
  route(app, '/readyz', {
    GET: (c) => {
      const { state, reasons, notices = [], durability, components } = health();
      return c.json({ state, reasons, notices, durability, components }, state === 'ready' ? 200 : 503);
    },
  });

  const { metricsText = async () => '' } = options;
  route(app, '/metrics', { GET: (c) => showMetrics(c, metricsText) });

  const document = openapi(packageVersion());
  route(app, '/openapi.json', { GET: (c) => c.json(document) });

  const model = modelEndpoints({ served, maxBytes: options.modelBytes ?? 64 * 1024 ** 2, context });
  // It moves the window from then on, and in a folder it stays after a restart.
  app.on('PUT', MODEL_PATH, atLeastWithToken('admin'));
  route(app, MODEL_PATH, { GET: model.show, PUT: model.replace });
  app.use(ROLL_BACK_PATH, atLeastWithToken('admin'));
  route(app, ROLL_BACK_PATH, { POST: model.rollBack });

  route(app, '/api/recordings/:id', { GET: (c) => oneRecording(c, options.recordings) });

  // Before what waits for storage: devices are told also while it is away.
  app.on('POST', COMMANDS_PATH, atLeast('operator'), (c) => giveCommand(c, devices));
  app.on('DELETE', DEVICE_PATH, atLeast('admin'), (c) => decommission(c, devices));
  app.on('PUT', CONFIG_PATH, atLeast('operator'));
  route(app, CONFIG_PATH, { GET: (c) => showConfig(c, devices), PUT: (c) => configure(c, devices) });

  const guard = storageGuard(health, maxConcurrentReads);
  for (const paths of ['/api/devices/*', '/api/dead-letters/*']) app.use(paths, readable(reader), guard);
  if (reader !== undefined) {
    for (const [path, handler] of deviceEndpoints(reader, context.clock)) {
      route(app, path, { GET: handler }, path === COMMANDS_PATH ? ['POST'] : []);
    }
    const parts = { reader, replay, clock: context.clock };
    app.use(REPLAY_PATH, atLeast('operator'));
    route(app, REPLAY_PATH, { POST: (c) => replayLetters(c, parts) });
    route(app, '/api/dead-letters', { GET: (c) => listDeadLetters(c, reader) });
    route(app, '/api/dead-letters/:id', { GET: (c) => oneDeadLetter(c, reader) });
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

type Endpoint = (c: ApiContext) => Response | Promise<Response>;

/**
 * What can be done at a path, and an answer to everything else.
 * @param others methods that were routed before.
 */
function route(
  app: Hono<ApiEnv>,
  path: string,
  endpoints: Readonly<Partial<Record<'GET' | 'PUT' | 'POST', Endpoint>>>,
  others: readonly string[] = [],
): void {
  for (const [method, endpoint] of Object.entries(endpoints)) app.on(method, path, endpoint);
  const own = Object.keys(endpoints).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  const methods = [...own, ...others];
  app.all(path, (c) => {
    const detail = `${c.req.method} is not possible here, expected ${methods.join(' or ')}`;
    return problem(c, 'method-not-allowed', detail, { headers: { allow: methods.join(', ') } });
  });
}

function readable(reader: StorageReader | undefined): ApiMiddleware {
  return async (c, next) => {
    if (reader === undefined)
      return problem(c, 'cannot-read-back', 'this server has no storage that could be read (its role or its adapter)');
    await next();
  };
}
