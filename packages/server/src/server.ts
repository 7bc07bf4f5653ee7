import { defaultContext, type Context, type Pipeline } from '@louver/core';
import type { InferenceService } from '@louver/ml';
import type { ServerConfig } from './config/server-config.js';
import { checkExposure, isLoopback, urlHost } from './exposure.js';
import { serverMetrics, type ServerMetrics } from './metrics/server-metrics.js';
import { removeAbandoned } from './http/model-upload.js';
import { createHttpServer } from './http/serve-http.js';
import { serveReaders } from './serve-readers.js';
import { inferenceRole } from './roles/inference-role.js';
import { pipelineRole } from './roles/pipeline-role.js';
import type { ServerHealth } from './roles/role.js';
import { resolveTokens, type ResolvedLogin } from './secrets.js';

export interface ServerOverrides {
  /** Default: real time, no output. */
  readonly context?: Partial<Context>;
}

export interface RunningServer {
  /** As they really are, also when 0 was asked for. */
  readonly ports: { readonly http: number; readonly mqtt: number | undefined; readonly clickhouse: number | undefined };
  /** In the roles `all` and `ingest`. */
  readonly pipeline: Pipeline | undefined;
  /** In the role `inference`. */
  readonly service: InferenceService | undefined;
  /** File and version of the model that serves now, `none`, or where it is. */
  readonly model: string;
  /** What `/readyz` says. */
  health(): ServerHealth;
  /** Stops taking in, stores what is pending if storage is there, closes everything. Idempotent. */
  close(): Promise<void>;
}

const DEMO_DEVICES = 3;

/**
 * Starts a whole server in this process and resolves when it takes readings in. Rejects, leaving nothing behind, for what retrying
 * cannot mend: configuration, a port or a folder in use, a model that does not fit.
 */
export async function startServer(config: ServerConfig, overrides: ServerOverrides = {}): Promise<RunningServer> {
  const given = defaultContext(overrides.context);
  await checkExposure(config);
  const counted = serverMetrics(given.metrics);
  try {
    return await startCounted(config, { ...given, metrics: counted.metrics }, counted);
  } catch (error) {
    counted.close();
    throw error;
  }
}

async function startCounted(config: ServerConfig, context: Context, counted: ServerMetrics): Promise<RunningServer> {
  const tokens = await resolveTokens(config.apiTokens);
  const role = await (config.role === 'inference' ? inferenceRole : pipelineRole)(config, context);
  const { host, httpPort: port, limits } = config;
  // First, so that probes get an answer while the rest starts, and a port in use is known before anything is opened.
  const { reader, recordings, health, pipeline, served } = role;
  const replay = pipeline && pipeline.replay.bind(pipeline);
  const { modelBytes } = limits;
  if (served?.folder !== undefined) await removeAbandoned(served.folder, context.clock.now());
  counted.watch({ role: config.role, health, tally: pipeline && (() => pipeline.devices.tally()) });
  const metricsText = (): Promise<string> => counted.text();
  const devices = pipeline?.devices;
  const api = { tokens, context, reader, devices, recordings, replay, served, modelBytes, health, metricsText };
  const http = await createHttpServer({ host, port, ...api });
  const readers = await serveReaders(config, role.embedded, context).catch(async (error: unknown) => {
    await http.close();
    throw error;
  });
  try {
    await role.open();
  } catch (error) {
    await Promise.all([readers?.close(), http.close()]);
    throw error;
  }
  const mqttPort = role.mqttPort();
  if (!isLoopback(host))
    context.logger.warn('MQTT and HTTP are not encrypted: use them in a network that you trust', { host });

  const demo = config.demo ? await startDevices(config, mqttPort, role.demoLogin, context) : undefined;

  const close = async (): Promise<void> => {
    await demo?.close();
    await readers?.close();
    await role.close();
    await http.close();
    counted.close();
  };
  let closing: Promise<void> | undefined;
  return {
    ports: { http: http.port, mqtt: mqttPort, clickhouse: readers?.port },
    pipeline: role.pipeline,
    service: role.service,
    get model() {
      return role.model();
    },
    health: role.health,
    close: () => (closing ??= close()),
  };
}

async function startDevices(
  { mqtt, host, topics }: ServerConfig,
  mqttPort: number | undefined,
  login: ResolvedLogin,
  context: Context,
) {
  // Loaded only when asked for: a server in earnest simulates nothing.
  const { startDemo } = await import('./demo/start-demo.js');
  const broker =
    mqtt.kind === 'remote'
      ? { url: mqtt.url, ...(mqtt.caFile !== undefined && { caFile: mqtt.caFile }) }
      : { url: `mqtt://${urlHost(host)}:${mqttPort}` };
  return startDemo({ broker: { ...broker, ...login }, topics, devices: DEMO_DEVICES, context });
}
