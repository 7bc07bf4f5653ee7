import { LouverError, withoutCode } from '@louver/core';
import { Command } from 'commander';
import { helpOfKey as helpOf } from '../config/known-keys.js';
import { loadConfig } from '../config/load-config.js';
import type { ServerConfig } from '../config/server-config.js';
import type { ConfigFlags } from '../config/sources.js';
import { jsonLogger } from '../logging.js';
import type { RunningServer } from '../server.js';

/** Storing what is pending takes a second at most; a database that hangs must not hold the process. */
const CLOSE_LIMIT_MS = 10_000;
/** Then whoever looks is told what is missing. */
const READY_GRACE_MS = 2_000;

export function serveCommand(): Command {
  return new Command('serve')
    .description('run the server: broker, storage, model and HTTP API in one process')
    .option('--config <file>', 'configuration file (default: louver.yaml, if there is one)')
    .option('--host <address>', helpOf('host'))
    .option('--mqtt-port <port>', helpOf('mqtt.port'))
    .option('--mqtt-url <url>', helpOf('mqtt.broker'))
    .option('--http-port <port>', helpOf('http.port'))
    .option('--clickhouse-url <url>', helpOf('clickhouse.url'))
    .option('--clickhouse-port <port>', helpOf('clickhouse.port'))
    .option('--data-dir <folder>', helpOf('data_dir'))
    .option('--model <path>', helpOf('model.path'))
    .option('--no-model', 'start without a model: store readings, decide nothing')
    .option('--log-level <level>', helpOf('log.level'))
    .option('--role <role>', helpOf('role'))
    .option('--demo', 'run three simulated devices inside the process')
    .action(serve);
}

async function serve(options: Omit<ConfigFlags, 'model'> & { readonly model?: string | boolean }): Promise<void> {
  const { model, ...others } = options;
  // The library reports a missing --no-model as `true`.
  const flags: ConfigFlags = model === undefined || model === true ? others : { ...others, model };
  const config = loadConfig({ flags, environment: process.env });
  const logger = jsonLogger(config.logLevel);
  // Loaded here: no other command needs the broker and the databases, nor the memory that they take.
  const { startServer } = await import('../server.js');
  const server = await startServer(config, { context: { logger } }).catch(wayWithoutModel);
  const signalled = firstSignal();
  await becomesReady(server, signalled);
  process.stdout.write(`${readyLine(config, server)}\n`);

  const signal = await signalled;
  logger.info('closing', { signal });
  const closed = await Promise.race([server.close().then(() => true), limit(CLOSE_LIMIT_MS)]);
  if (closed) return logger.info('closed');
  // Nothing is lost: what is not stored is in the journal.
  logger.error('closing took too long, given up', { limitMs: CLOSE_LIMIT_MS });
  process.exit(1);
}

function wayWithoutModel(error: unknown): never {
  if (!LouverError.is(error) || error.code !== 'E_MODEL') throw error;
  const said = withoutCode(error.message);
  throw new LouverError('E_MODEL', `${said} (to only store readings, without a model: --no-model)`, { cause: error });
}

/** A broker elsewhere is there a moment later: resolves then, at the end of the grace, or when somebody wants us to end. */
async function becomesReady(server: RunningServer, signalled: Promise<unknown>): Promise<void> {
  let over = false;
  void Promise.race([limit(READY_GRACE_MS), signalled]).then(() => (over = true));
  while (!over && server.health().state !== 'ready') await limit(20);
}

/** The one line that ends a start: everything that one has to know to connect. */
export function readyLine({ role, host, dataDir, mqtt, clickhouse }: ServerConfig, server: RunningServer): string {
  const { ports, model } = server;
  const { reasons } = server.health();
  const bracketed = host.includes(':') ? `[${host}]` : host;
  const broker = mqtt.kind === 'embedded' ? `MQTT ${bracketed}:${ports.mqtt}` : `MQTT broker ${mqtt.url}`;
  const database = clickhouse.kind === 'embedded' ? 'embedded ClickHouse' : `ClickHouse ${clickhouse.url}`;
  const data = role === 'inference' ? '' : ` data ${dataDir} (${database}),`;
  const readers = ports.clickhouse === undefined ? '' : ` readers http://${bracketed}:${ports.clickhouse},`;
  const line = `${broker}, HTTP http://${bracketed}:${ports.http},${data}${readers} model ${model}`;
  const name = role === 'all' ? 'Louver' : `Louver (role ${role})`;
  if (reasons.length === 0) return `${name} is ready: ${line}`;
  return `${name} is up, but not ready yet, see /readyz (${reasons.join('; ')}): ${line}`;
}

/** A second signal ends the process at once: somebody is in a hurry. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let signals = 0;
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        if (++signals > 1) process.exit(1);
        resolve(name);
      });
    }
  });
}

function limit(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms).unref());
}
