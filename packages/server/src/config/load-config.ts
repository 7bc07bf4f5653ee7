import { isDeviceId, PROTOCOL_LIMITS, type TopicPatterns } from '@louver/device-esp32';
import { userFilePath } from '../users/user-file.js';
import type { ApiToken, ApiTokenFile } from './api-token.js';
import { audioConfig, audioProblems, recordingsConfig } from './audio-config.js';
import { KNOWN_KEYS } from './known-keys.js';
import { configError, problemsOf, type ConfigProblem } from './problems.js';
import { configSchema, onePerDevice, type RawConfig } from './schema.js';
import type { ModelConfig, MqttConfig, ServerConfig, ThresholdConfig } from './server-config.js';
import { layers, type ConfigFlags, type Environment, type Layers } from './sources.js';
import { asReader, clickhouseConfig, retentionOptions, storageProblems } from './storage-config.js';

export interface LoadConfigOptions {
  readonly flags?: ConfigFlags;
  /** Default: none; the command line gives `process.env`. */
  readonly environment?: Environment;
  /** Where `louver.yaml` is looked for and relative names begin. Default: the process's. */
  readonly workingDirectory?: string;
  /** Default: to run a server. `database`: to reach its database, also through the port that lets others read it. */
  readonly purpose?: 'server' | 'database';
}

const DEFAULTS = { dataDir: './data', role: 'all' } as const;
const REMOTE_KEYS = ['username', 'password_file', 'ca_file', 'client_id'];
export const EMBEDDED_KEYS = ['port', 'users'];

/**
 * The configuration of a server: `louver.yaml`, overridden by environment variables, overridden by flags.
 * @throws LouverError `E_CONFIG` with all problems at once, one line each: key, value found, what is expected, where it comes from.
 */
export function loadConfig(options: LoadConfigOptions = {}): ServerConfig {
  const { flags = {}, environment = {}, workingDirectory = process.cwd() } = options;
  const all = layers(flags, environment, workingDirectory);
  const layered = options.purpose === 'database' ? { ...all, tree: asReader(all.tree) } : all;
  const checked = configSchema.safeParse(layered.tree);
  const problems = [
    ...(checked.success ? [] : problemsOf(checked.error.issues, layered.tree, layered.sourceOf, KNOWN_KEYS)),
    ...contradictions(layered, flags.demo === true),
  ];
  if (!checked.success || problems.length > 0) throw configError(problems);
  return deepFreeze(complete(checked.data, flags.demo === true));
}

/** What is right alone and wrong together. Looks at what was given, so that it is reported along with everything else. */
function contradictions({ tree, sourceOf }: Layers, demo: boolean): readonly ConfigProblem[] {
  const layered = { tree, sourceOf };
  const problems: ConfigProblem[] = [
    ...brokerContradictions(layered),
    ...audioProblems(layered),
    ...storageProblems(layered),
  ];
  const problem = (path: string, text: string): void => void problems.push({ path, text, source: sourceOf(path) });
  const at = (section: string, key: string): unknown => (tree[section] as Record<string, unknown> | undefined)?.[key];

  if (tree['role'] === 'inference') {
    if (at('mqtt', 'broker') === undefined) {
      problem(
        'mqtt.broker',
        'is missing: role inference answers at a broker that is there already, e.g. tcp://localhost:1883',
      );
    }
    if (at('model', 'path') === 'none') problem('model.path', 'found none: role inference needs a model');
    if (demo) problem('role', 'found inference, and --demo needs the role all or ingest');
  }
  const [least, most] = [at('policy', 'min_position'), at('policy', 'max_position')];
  if (typeof least === 'number' && typeof most === 'number' && least > most) {
    problem('policy.min_position', `found ${least}, expected at most policy.max_position (${most})`);
  }
  if (at('policy', 'safe_position') !== undefined && !at('policy', 'min_confidence')) {
    const text = 'is where the window goes below policy.min_confidence: give that too (above 0), or remove it';
    problem('policy.safe_position', text);
  }
  const { window, min_failures: failures } = (at('model', 'roll_back') ?? {}) as Record<string, unknown>;
  if (typeof window === 'number' && typeof failures === 'number' && failures > window) {
    problem('model.roll_back.min_failures', `found ${failures}, expected at most model.roll_back.window (${window})`);
  }
  const devices = at('change_detection', 'devices');
  for (const id of typeof devices === 'object' && devices !== null ? Object.keys(devices) : []) {
    if (!isDeviceId(id))
      problem(`change_detection.devices.${id}`, 'is no device id: expected 1 to 64 of A-Z a-z 0-9 _ . : -');
  }
  return problems;
}

/** Keys of the embedded broker beside those of another one. */
export function brokerContradictions({ tree, sourceOf }: Layers): readonly ConfigProblem[] {
  const mqtt = (tree['mqtt'] ?? {}) as Record<string, unknown>;
  const [keys, text] =
    mqtt['broker'] === undefined
      ? [REMOTE_KEYS, 'is for a broker elsewhere: give mqtt.broker, or remove it']
      : [EMBEDDED_KEYS, 'is for the embedded broker, and mqtt.broker names another one: remove one of them'];
  return keys
    .filter((key) => mqtt[key] !== undefined)
    .map((key) => ({ path: `mqtt.${key}`, text, source: sourceOf(`mqtt.${key}`) }));
}

function complete(raw: RawConfig, demo: boolean): ServerConfig {
  const dataDir = raw.data_dir ?? DEFAULTS.dataDir;
  const { change_detection: change, limits, policy } = raw;
  const recordings = recordingsConfig(raw.audio, dataDir);
  return {
    role: raw.role ?? DEFAULTS.role,
    host: hostOf(raw),
    dataDir,
    demo,
    mqtt: mqttConfig(raw),
    topics: topicPatterns(raw.mqtt?.topics),
    clickhouse: clickhouseConfig(raw.clickhouse),
    retention: retentionOptions(raw.retention),
    changeDetection: {
      temperature: change?.temperature_threshold ?? 0.5,
      humidity: change?.humidity_threshold ?? 2,
      audioAlwaysTrigger: change?.audio_always_trigger ?? true,
      devices: Object.fromEntries(Object.entries(change?.devices ?? {}).map(([id, own]) => [id, thresholdsOf(own)])),
    },
    model: modelConfig(raw.model),
    audio: audioConfig(raw.audio),
    ...(recordings && { recordings }),
    apiTokens: (raw.api?.tokens ?? []).filter((token): token is ApiToken | ApiTokenFile => token !== undefined),
    journal: { durability: raw.journal?.durability ?? 'journal', ...defined({ maxBytes: raw.journal?.max_bytes }) },
    policy: {
      minPosition: policy?.min_position ?? 0,
      maxPosition: policy?.max_position ?? 100,
      minConfidence: policy?.min_confidence ?? 0,
      ...defined({ safePosition: policy?.safe_position }),
      commandTtlMs: policy?.command_ttl ?? 300_000,
    },
    devices: { inactiveAfterMs: raw.devices?.inactive_after ?? 600_000 },
    health: { noticeWithinMs: raw.health?.notice_within ?? 10_000 },
    ...(raw.home_assistant?.discovery === true && {
      homeAssistant: { prefix: raw.home_assistant.prefix ?? 'homeassistant' },
    }),
    limits: {
      packetBytes: limits?.packet_bytes ?? 4 * 1024 ** 2,
      scalarBytes: limits?.scalar_bytes ?? PROTOCOL_LIMITS.scalarBytes,
      audioBytes: limits?.audio_bytes ?? PROTOCOL_LIMITS.audioBytes,
      modelBytes: limits?.model_bytes ?? 64 * 1024 ** 2,
      connections: limits?.connections ?? 12_000,
      unsettled: limits?.unsettled ?? 4096,
      clockAheadMs: limits?.clock_ahead ?? PROTOCOL_LIMITS.maxAheadMs,
    },
    logLevel: raw.log?.level ?? 'info',
    httpPort: raw.http?.port ?? 8080,
  };
}

/** Where MQTT and HTTP listen. */
export function hostOf({ host }: Pick<RawConfig, 'host'>): string {
  return host ?? '127.0.0.1';
}

/** Which broker: the embedded one or another. */
export function mqttConfig(raw: Pick<RawConfig, 'mqtt' | 'data_dir' | 'role'>): MqttConfig {
  const { mqtt, data_dir: dataDir = DEFAULTS.dataDir, role = DEFAULTS.role } = raw;
  if (mqtt?.broker === undefined) {
    return { kind: 'embedded', port: mqtt?.port ?? 1883, usersFile: mqtt?.users ?? userFilePath(dataDir) };
  }
  return {
    kind: 'remote',
    // tcp and ssl are the names that Go and Python clients use.
    url: mqtt.broker.replace(/^tcp:/, 'mqtt:').replace(/^(ssl|tls):/, 'mqtts:'),
    // Both halves of a split may stand at one broker: with one client id they would throw each other out.
    clientId: mqtt.client_id ?? (role === 'inference' ? 'louver-inference' : 'louver'),
    ...defined({ username: mqtt.username, passwordFile: mqtt.password_file, caFile: mqtt.ca_file }),
  };
}

function modelConfig(model: RawConfig['model']): ModelConfig {
  const { version, watch, workers, timeout: timeoutMs, roll_back: bounds } = model ?? {};
  const rollBack = bounds && {
    maxErrorRate: bounds.max_error_rate,
    maxNotFiniteRate: bounds.max_not_finite_rate,
    window: bounds.window,
    minFailures: bounds.min_failures,
  };
  return {
    path: model?.path ?? 'shipped',
    ...defined({ version, watch, workers, timeoutMs, rollBack: rollBack && defined(rollBack) }),
  };
}

/** The topics that are not those of the protocol. */
export function topicPatterns(topics: NonNullable<RawConfig['mqtt']>['topics']): Partial<TopicPatterns> {
  const { temperature, humidity, audio, inference_request: request, window_control: windowControl } = topics ?? {};
  const inferenceRequest = request === undefined ? undefined : onePerDevice(request);
  return defined({ temperature, humidity, audio, inferenceRequest, windowControl });
}

function thresholdsOf(own: {
  readonly temperature_threshold?: number | undefined;
  readonly humidity_threshold?: number | undefined;
}): Partial<ThresholdConfig> {
  return defined({ temperature: own.temperature_threshold, humidity: own.humidity_threshold });
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out what is undefined: an optional member that is there has a value. */
function defined<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
