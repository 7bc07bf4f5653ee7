import { timingSafeEqual } from 'node:crypto';
import { basename, join } from 'node:path';
import {
  anyOf,
  clampPolicy,
  deadband,
  everyRecording,
  localEngine,
  type ChangeDetector,
  type Context,
  type PipelineOptions,
  type StorageAdapter,
  type Transport,
} from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { mqttTransport } from '@louver/core/mqtt';
import { esp32Codec } from '@louver/device-esp32';
import { librosaFeatures, onnxPredictor, shippedModelPath } from '@louver/ml';
import { clickhouseStorage } from '@louver/storage-clickhouse';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import type { Identity } from './broker/access-list.js';
import { brokerTransport, type BrokerTransport } from './broker/broker-transport.js';
import type { MqttConfig, ServerConfig } from './config/server-config.js';
import { isLoopback } from './exposure.js';
import { ephemeralPassword, resolveLogin, type ResolvedLogin } from './secrets.js';
import { authenticator, type Authenticator } from './users/authenticator.js';

/** The parts of a server, made and not yet opened. */
export interface Assembly {
  readonly pipeline: PipelineOptions;
  readonly storage: StorageAdapter;
  /** Absent with a broker elsewhere. */
  readonly broker?: BrokerTransport;
  /** With which the devices of `--demo` log in. */
  readonly demoLogin: ResolvedLogin;
  /** Name and version, known once the pipeline is open; `none` without a model. */
  readonly model: () => string;
}

/** What a configuration means in parts. Rejects with `E_CONFIG` when a password file cannot be read. */
export async function assemble(config: ServerConfig, context: Context): Promise<Assembly> {
  const storage = await storageOf(config);
  const connection = await transportOf(config, context);
  const predictor = predictorOf(config);
  const features = librosaFeatures(config.audio.features === undefined ? {} : { features: config.audio.features });
  const { limits, policy, journal } = config;
  return {
    storage,
    ...connection,
    pipeline: {
      transport: connection.transport,
      storage,
      codec: esp32Codec({
        topics: config.topics,
        limits: { scalarBytes: limits.scalarBytes, audioBytes: limits.audioBytes },
        maxAheadMs: limits.clockAheadMs,
        onNotice: ({ kind, deviceId, detail }) => {
          context.metrics.count('codec_notices_total', { kind });
          context.logger.debug('odd message', { kind, deviceId, detail });
        },
      }),
      detector: detectorOf(config),
      // Without a model the recordings still get their features.
      ...(predictor === undefined
        ? { features }
        : {
            engine: localEngine({
              features,
              predictor: predictor.predictor,
              policy: clampPolicy(policy),
              commandTtlMs: policy.commandTtlMs,
            }),
          }),
      ...(journal.durability !== 'none' && {
        journal: fileJournal(
          join(config.dataDir, 'journal'),
          journal.maxBytes === undefined ? {} : { maxBytes: journal.maxBytes },
        ),
      }),
      durability: journal.durability,
      maxUnsettled: limits.unsettled,
      devices: config.devices,
      context,
    },
    model: () => (predictor === undefined ? 'none' : `${predictor.name} ${predictor.predictor.modelVersion}`),
  };
}

function predictorOf({ model }: ServerConfig) {
  if (model.path === 'none') return undefined;
  const path = model.path === 'shipped' ? shippedModelPath() : model.path;
  const predictor = onnxPredictor(path, model.version === undefined ? {} : { modelVersion: model.version });
  return { name: basename(path, '.onnx'), predictor };
}

function detectorOf({ changeDetection }: ServerConfig): ChangeDetector {
  const { temperature, humidity, audioAlwaysTrigger, devices } = changeDetection;
  const band = deadband({ temperature, humidity }, { devices: devices as Record<string, Record<string, number>> });
  return audioAlwaysTrigger ? anyOf(band, everyRecording()) : band;
}

async function storageOf({ clickhouse, dataDir }: ServerConfig): Promise<StorageAdapter> {
  const { database } = clickhouse;
  if (clickhouse.kind === 'embedded') return embeddedClickhouse({ path: join(dataDir, 'clickhouse'), database });
  const login = await resolveLogin(clickhouse, 'clickhouse.password_file');
  return clickhouseStorage({ url: clickhouse.url, database, ...login });
}

async function transportOf(
  config: ServerConfig,
  context: Context,
): Promise<{ readonly transport: Transport; readonly broker?: BrokerTransport; readonly demoLogin: ResolvedLogin }> {
  const { mqtt, host, limits } = config;
  if (mqtt.kind === 'remote') {
    const login = await resolveLogin(mqtt, 'mqtt.password_file');
    const { url, clientId, caFile } = mqtt;
    const transport = mqttTransport({ url, clientId, ...login, ...(caFile !== undefined && { caFile }) });
    return { transport, demoLogin: login };
  }
  const demoLogin = { username: 'louver-demo', password: ephemeralPassword() };
  const logins = usersAndDemo(mqtt, host, context, config.demo ? demoLogin : undefined);
  const broker = brokerTransport({
    host,
    port: mqtt.port,
    ...logins,
    maxPacketBytes: limits.packetBytes,
    maxConnections: limits.connections,
  });
  return { transport: broker, broker, demoLogin };
}

/** The users of the file, and the devices inside the process, whose password nobody else ever sees. */
function usersAndDemo(
  mqtt: MqttConfig & { readonly kind: 'embedded' },
  host: string,
  { clock }: Context,
  demo: Required<ResolvedLogin> | undefined,
): Authenticator {
  const users = authenticator({ path: mqtt.usersFile, clock, anonymous: isLoopback(host) });
  if (demo === undefined) return users;
  const expected = Buffer.from(demo.password);
  const demoDevices: Identity = { name: demo.username, role: 'admin' };
  return {
    authenticate(credentials) {
      const { username, password } = credentials;
      const isDemo =
        username === demo.username && password?.length === expected.length && timingSafeEqual(password, expected);
      return isDemo ? Promise.resolve(demoDevices) : users.authenticate(credentials);
    },
    isValid: (identity) => (identity === demoDevices ? Promise.resolve(true) : users.isValid(identity)),
  };
}
