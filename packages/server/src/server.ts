import { createPipeline, defaultContext, type Context, type Pipeline } from '@louver/core';
import { assemble } from './assemble.js';
import type { ServerConfig } from './config/server-config.js';
import { makeDataDirectory } from './data-directory.js';
import { checkExposure, isLoopback } from './exposure.js';
import { createHttpServer } from './http/serve-http.js';
import type { ResolvedLogin } from './secrets.js';

export interface ServerOverrides {
  /** Default: real time, no output. */
  readonly context?: Partial<Context>;
}

export interface RunningServer {
  /** As they really are, also when 0 was asked for. */
  readonly ports: { readonly http: number; readonly mqtt: number | undefined };
  readonly pipeline: Pipeline;
  /** Name and version of the model, or `none`. */
  readonly model: string;
  /** Stops taking in, stores what is pending if storage is there, closes everything. Idempotent. */
  close(): Promise<void>;
}

const DEMO_DEVICES = 3;

/**
 * Starts a whole server in this process and resolves when it takes readings in. Rejects, leaving nothing behind, for what retrying
 * cannot mend: configuration, a port or a folder in use, a model that does not fit.
 */
export async function startServer(config: ServerConfig, overrides: ServerOverrides = {}): Promise<RunningServer> {
  const context = defaultContext(overrides.context);
  await checkExposure(config);
  await makeDataDirectory(config.dataDir);
  const assembly = await assemble(config, context);
  const pipeline = createPipeline(assembly.pipeline);
  const { host, httpPort: port, apiTokens: tokens } = config;
  // First, so that probes get an answer while the rest starts, and a port in use is known before anything is opened.
  const http = await createHttpServer({
    host,
    port,
    tokens,
    context,
    reader: assembly.storage.reader,
    pipelineHealth: () => pipeline.health(),
  });
  try {
    await pipeline.open();
  } catch (error) {
    await http.close();
    throw error;
  }
  const mqttPort = assembly.broker?.port;
  if (!isLoopback(host))
    context.logger.warn('MQTT and HTTP are not encrypted: use them in a network that you trust', { host });
  if (config.model.path === 'none')
    context.logger.warn('started without a model: readings are stored, nothing is decided');

  const mqttUrl = config.mqtt.kind === 'remote' ? config.mqtt.url : `mqtt://${urlHost(host)}:${mqttPort}`;
  const demo = config.demo ? await startDevices(mqttUrl, assembly.demoLogin, context) : undefined;

  const close = async (): Promise<void> => {
    await demo?.close();
    await pipeline.close();
    await http.close();
  };
  let closing: Promise<void> | undefined;
  return {
    ports: { http: http.port, mqtt: mqttPort },
    pipeline,
    model: assembly.model(),
    close: () => (closing ??= close()),
  };
}

async function startDevices(mqttUrl: string, credentials: ResolvedLogin, context: Context) {
  // Loaded only when asked for: a server in earnest simulates nothing.
  const { startDemo } = await import('./demo/start-demo.js');
  return startDemo({ mqttUrl, devices: DEMO_DEVICES, context, credentials });
}

/** As it is written in a URL; for reaching oneself when listening on all addresses. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
