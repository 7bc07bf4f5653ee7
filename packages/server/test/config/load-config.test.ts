import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LouverError } from '@louver/core';
import { fileRecordings } from '@louver/core/recordings';
import { DEFAULT_PARAMETERS } from '@louver/ml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  PARAMETER_KEYS,
  parametersSchema,
  PREPARATION_KEYS,
  preparationSchema,
} from '../../src/config/audio-schema.js';
import { loadConfig, type LoadConfigOptions } from '../../src/config/load-config.js';

let workingDirectory: string;
beforeEach(() => (workingDirectory = mkdtempSync(join(tmpdir(), 'louver-config-'))));
afterEach(() => rmSync(workingDirectory, { recursive: true }));

const load = (yaml: string, options: LoadConfigOptions = {}) => {
  writeFileSync(join(workingDirectory, 'louver.yaml'), yaml);
  return loadConfig({ workingDirectory, ...options });
};
const problems = (yaml: string, options: LoadConfigOptions = {}): readonly string[] => {
  try {
    load(yaml, options);
  } catch (error) {
    expect(LouverError.is(error) && error.code).toBe('E_CONFIG');
    return (error as Error).message.replace(/^E_CONFIG: /, '').split('\n');
  }
  throw new Error('accepted');
};

test('nothing at all is a whole configuration', () => {
  const config = loadConfig({ workingDirectory });
  expect(config).toMatchObject({
    host: '127.0.0.1',
    dataDir: './data',
    mqtt: { kind: 'embedded', port: 1883, usersFile: 'data/users.json' },
    clickhouse: { kind: 'embedded', database: 'iot' },
    changeDetection: { temperature: 0.5, humidity: 2, audioAlwaysTrigger: true, devices: {} },
    model: { path: 'shipped' },
    journal: { durability: 'journal' },
    httpPort: 8080,
    logLevel: 'info',
    apiTokens: [],
  });
  expect(Object.isFrozen(config) && Object.isFrozen(config.limits)).toBe(true);
});

test('the keys of the specification are read as they are', () => {
  const config = load(`
mqtt:
  broker: tcp://localhost:1883
  topics: { temperature: sensor/+/temperature, humidity: sensor/+/humidity, audio: sensor/+/audio,
            inference_request: "ml/inference/request/{device_id}", window_control: window/+/control }
clickhouse:
  url: http://localhost:8123
  database: iot
change_detection: { temperature_threshold: 0.5, humidity_threshold: 2.0, audio_always_trigger: true }
model: { path: ./models/window_regressor.onnx, version: v1.0.0, device: cpu }
audio: { sample_rate: 16000, store_raw: false, storage_path: ./audio_data/, features: [mfcc, spectral_centroid, spectral_rolloff, rms, zero_crossing_rate] }
`);
  expect(config.mqtt).toEqual({ kind: 'remote', url: 'mqtt://localhost:1883', clientId: 'louver' });
  expect(config.topics.inferenceRequest).toBe('ml/inference/request/{device_id}');
  expect(config.clickhouse).toEqual({ kind: 'remote', url: 'http://localhost:8123', database: 'iot' });
  expect(config.model).toEqual({ path: './models/window_regressor.onnx', version: 'v1.0.0' });
  expect(config.audio.features).toHaveLength(5);
});

test('the file of the Python service is read as well', () => {
  const { topics } = load(
    'mqtt: { broker: "ssl://h:8883", topics: { inference_request: "ml/inference/request/#", window_control: "window/{device_id}/control" } }',
  );
  expect(topics).toEqual({
    inferenceRequest: 'ml/inference/request/{device_id}',
    windowControl: 'window/{device_id}/control',
  });
});

test('further keys, durations and sizes', () => {
  const config = load(`
devices: { inactive_after: 30d }
journal: { max_bytes: 2GiB, durability: storage }
policy: { min_position: 10, max_position: 80, min_confidence: 0.3, safe_position: 0, command_ttl: 10m }
limits: { audio_bytes: 3MiB, model_bytes: 1GiB, clock_ahead: 500ms }
api: { tokens: [0123456789abcdef, { name: grafana, token: fedcba9876543210, role: viewer }] }
change_detection: { devices: { esp32-1: { temperature_threshold: 0.1 } } }
model: none
log:
`);
  expect(config.devices.inactiveAfterMs).toBe(30 * 86_400_000);
  expect(config.journal).toEqual({ maxBytes: 2 * 1024 ** 3, durability: 'storage' });
  expect(config.policy).toEqual({
    minPosition: 10,
    maxPosition: 80,
    minConfidence: 0.3,
    safePosition: 0,
    commandTtlMs: 600_000,
  });
  expect(config.limits).toMatchObject({ audioBytes: 3 * 1024 ** 2, modelBytes: 1024 ** 3, clockAheadMs: 500 });
  expect(config.apiTokens).toEqual([
    { name: 'api', token: '0123456789abcdef', role: 'admin' },
    { name: 'grafana', token: 'fedcba9876543210', role: 'viewer' },
  ]);
  expect(config.changeDetection.devices).toEqual({ 'esp32-1': { temperature: 0.1 } });
  expect(config.model.path).toBe('none');
});

test('what is deleted and when, and a cluster', () => {
  expect(load('').retention).toEqual({});
  const config = load(`
clickhouse:
  url: http://c:8123
  cluster: { name: louver, replicated: true, sharded: true, zookeeper_path: "/l/{shard}/{table}", quorum: false }
retention: { readings: 30d, audio: 7d, actions: 1h, predictions: 90d, events: 365d, dead_letters: 2d }
`);
  const DAY_MS = 86_400_000;
  expect(config.retention).toEqual({
    readingsMs: 30 * DAY_MS,
    audioMs: 7 * DAY_MS,
    actionsMs: 3_600_000,
    predictionsMs: 90 * DAY_MS,
    eventsMs: 365 * DAY_MS,
    deadLettersMs: 2 * DAY_MS,
  });
  expect(config.clickhouse).toEqual({
    kind: 'remote',
    url: 'http://c:8123',
    database: 'iot',
    cluster: { name: 'louver', replicated: { zookeeperPath: '/l/{shard}/{table}' }, sharded: true, quorum: false },
  });
});

describe('how recordings are prepared and analysed', () => {
  test('is said under audio, every key by its name in code', () => {
    const { audio } = load(`
audio:
  sample_rate: 44100
  preparation: { remove_dc: true, resample_hz: 16000, noise_gate_db: -50, normalise: rms }
  parameters: { n_fft: 512, hop_length: 160, n_mels: 40, fmin_hz: 20, fmax_hz: 8000, htk: true, n_mfcc: 20, center: false }
`);
    expect(audio).toEqual({
      sampleRateHz: 44_100,
      preparation: { removeDc: true, sampleRateHz: 16_000, noiseGateDb: -50, normalise: 'rms' },
      parameters: {
        nFft: 512,
        hopLength: 160,
        nMels: 40,
        fminHz: 20,
        fmaxHz: 8_000,
        htk: true,
        nMfcc: 20,
        center: false,
      },
    });
    expect(load('audio: { features: [rms] }').audio).toEqual({ features: ['rms'] });
    expect(load('audio: { parameters: { fmax_hz: }, preparation: }').audio).toEqual({ parameters: {} });
    expect(load('').audio).toEqual({});
  });

  test('is read as docs/audio-features.md writes it', () => {
    const text = readFileSync(new URL('../../../../docs/audio-features.md', import.meta.url), 'utf8');
    const { audio } = load(/```yaml\n([^`]+)```/.exec(text)![1]!);
    expect(Object.keys(audio)).toEqual(['sampleRateHz', 'features', 'preparation', 'parameters']);
    expect(Object.keys(audio.preparation!).sort()).toEqual(Object.values(PREPARATION_KEYS).sort());
    for (const key of Object.keys(PARAMETER_KEYS)) expect(text).toMatch(new RegExp(`\`${key}\`|^    ${key}: `, 'm'));
  });

  test('has a key for everything that the extractor can be told', () => {
    expect(Object.values(PARAMETER_KEYS).sort()).toEqual(Object.keys(DEFAULT_PARAMETERS).sort());
    expect(Object.keys(PARAMETER_KEYS).sort()).toEqual(Object.keys(parametersSchema.shape).sort());
    expect(Object.keys(PREPARATION_KEYS).sort()).toEqual(Object.keys(preparationSchema.shape).sort());
  });

  test('and where they are kept', () => {
    expect(load('audio: { store_raw: true }').recordings).toEqual({ path: 'data/audio_data' });
    const yaml = 'audio: { store_raw: true, storage_path: ./sounds, raw_retention: 30d, raw_max_bytes: 20GiB }';
    const kept = { path: './sounds', retentionMs: 30 * 86_400_000, maxBytes: 20 * 1024 ** 3 };
    expect(load(yaml).recordings).toEqual(kept);
    // Turned off for a while, without losing what was written; `fileRecordings` takes the least of each.
    expect(load(yaml.replace('true', 'false')).recordings).toBeUndefined();
    const least = load('audio: { store_raw: true, raw_retention: 1h, raw_max_bytes: 64MiB }').recordings!;
    expect(() => fileRecordings(least.path, least)).not.toThrow();
  });

  test('is refused in the words of the configuration, all at once', () => {
    const found = problems(`
audio:
  preparation: { remove_dc: 1, resample_hz: 500, noise_gate_db: 3, normalise: loud, gain: 2 }
  parameters: { n_fft: 3, hop_lenght: 1, n_mels: 5, htk: "yes", fmin_hz: 300, fmax_hz: 200, roll_percent: 85, delta_width: 4 }
`);
    expect(found.map((line) => line.replace(' (louver.yaml)', '')).sort()).toEqual([
      'audio.parameters.delta_width: found 4, expected an odd number from 3 to 1025',
      'audio.parameters.fmax_hz: found 200, expected a frequency above fmin_hz, or null',
      'audio.parameters.hop_lenght: unknown key, did you mean audio.parameters.hop_length?',
      'audio.parameters.htk: found "yes", expected true or false',
      'audio.parameters.n_fft: found 3, expected a whole number from 4 to 32768',
      'audio.parameters.n_mfcc: found 13 (the default), expected a whole number from 1 to n_mels (5)',
      'audio.parameters.roll_percent: found 85, expected a number between 0 and 1',
      'audio.preparation.gain: unknown key, audio.preparation has remove_dc, resample_hz, noise_gate_db, normalise',
      'audio.preparation.noise_gate_db: found 3, expected decibels from -120 to 0',
      'audio.preparation.normalise: found "loud", expected one of peak, rms',
      'audio.preparation.remove_dc: found 1, expected true or false',
      'audio.preparation.resample_hz: found 500, expected a whole number of Hz from 1000 to 192000',
    ]);
    expect(problems('audio: { parameters: { win_length: 4096 } }')).toEqual([
      'audio.parameters.win_length: found 4096, expected a whole number from 1 to n_fft (2048) (louver.yaml)',
    ]);
    expect(problems('audio: { preparation: 16000, parameters: [1] }')).toEqual([
      'audio.preparation: found 16000, expected keys with values (louver.yaml)',
      'audio.parameters: found [1], expected keys with values (louver.yaml)',
    ]);
  });
});

test.each([
  ['', { path: 'shipped' }],
  ['model: models', { path: 'models' }],
  ['model: { path: models, watch: false }', { path: 'models', watch: false }],
  ['model: { timeout: 24.8d }', { path: 'shipped', timeoutMs: 2_142_720_000 }],
  ['model: { workers: 64, timeout: 500ms }', { path: 'shipped', workers: 64, timeoutMs: 500 }],
  [
    'model: { roll_back: { max_error_rate: 0, min_failures: 1 } }',
    { path: 'shipped', rollBack: { maxErrorRate: 0, minFailures: 1 } },
  ],
  [
    'model: { roll_back: { max_not_finite_rate: 1, window: 50 } }',
    { path: 'shipped', rollBack: { maxNotFiniteRate: 1, window: 50 } },
  ],
])('the model of %j', (yaml, model) => {
  expect(load(yaml).model).toEqual(model);
});

test('a model that is uploaded has 64 MiB, and without a safe position there is none', () => {
  const config = load('');
  expect(config.limits.modelBytes).toBe(64 * 1024 ** 2);
  expect(config.policy).not.toHaveProperty('safePosition');
});

describe('precedence', () => {
  const yaml = 'http: { port: 1 }\nlog: { level: warn }\nmodel: a.onnx';

  test('environment over file, flags over both', () => {
    const environment = {
      LOUVER_HTTP_PORT: '2',
      LOUVER_LOG_LEVEL: 'debug',
      LOUVER_MODEL: 'b.onnx',
      LOUVER_DATA_DIR: '',
    };
    const config = load(yaml, { environment, flags: { httpPort: '3' } });
    expect(config).toMatchObject({ httpPort: 3, logLevel: 'debug', model: { path: 'b.onnx' }, dataDir: './data' });
    expect(load(yaml)).toMatchObject({ httpPort: 1, logLevel: 'warn', model: { path: 'a.onnx' } });
    expect(load(yaml, { environment, flags: { model: false } }).model.path).toBe('none');
  });

  test('--config reads another file, and that one must be there', () => {
    writeFileSync(join(workingDirectory, 'other.yaml'), 'http: { port: 9 }');
    expect(load(yaml, { flags: { config: 'other.yaml' } }).httpPort).toBe(9);
    expect(problems(yaml, { flags: { config: 'none.yaml' } })[0]).toMatch(/^none.yaml cannot be read: ENOENT/);
  });

  test('the token of the environment replaces those of the file', () => {
    const config = load('api: { tokens: [0123456789abcdef] }', { environment: { LOUVER_API_TOKEN: 'x'.repeat(20) } });
    expect(config.apiTokens).toEqual([expect.objectContaining({ token: 'x'.repeat(20) })]);
  });
});

describe('problems', () => {
  test('are reported all at once, with key, value, expectation and source', () => {
    const found = problems(
      `
mqtt: { port: 99999, brokr: x }
http: 80
devices: { inactive_after: 30 }
clickhouse: { addr: "localhost:9000" }
model: { path: m.pth, device: cuda }
audio: { features: [mfcc, loudness] }
retention: { readings: 30, photos: 1d }
nonsense: 1
`,
      { environment: { LOUVER_LOG_LEVEL: 'loud' }, flags: { mqttPort: 'abc', role: 'brain' } },
    );
    expect(found).toEqual(
      expect.arrayContaining([
        'mqtt.port: found "abc", expected a port, 0 to 65535 (0: any free one) (--mqtt-port)',
        'mqtt.brokr: unknown key, did you mean mqtt.broker? (louver.yaml)',
        'http: found 80, expected keys with values (louver.yaml)',
        'devices.inactive_after: found 30, expected a duration such as 500ms, 10s, 10m, 2h or 30d (louver.yaml)',
        'clickhouse.addr: found "localhost:9000", ClickHouse is spoken to over HTTP: remove addr and use clickhouse.url, e.g. http://localhost:8123 (louver.yaml)',
        'model.path: found "m.pth", this is a PyTorch file: export the model to ONNX (torch.onnx.export) and give the .onnx file (louver.yaml)',
        'model.device: found "cuda", models run on the CPU here: export the model to ONNX and write cpu, or remove the key (louver.yaml)',
        'log.level: found "loud", expected one of debug, info, warn, error (LOUVER_LOG_LEVEL)',
        'role: found "brain", expected one of all, ingest, inference (--role)',
        'retention.readings: found 30, expected a duration such as 500ms, 10s, 10m, 2h or 30d (louver.yaml)',
        'retention.photos: unknown key, retention has readings, audio, actions, predictions, events, dead_letters (louver.yaml)',
      ]),
    );
    expect(
      found.find((line) => line.startsWith('nonsense: unknown key, at the top there are host, role')),
    ).toBeDefined();
    expect(found).toHaveLength(13);
  });

  test.each([
    ['mqtt: { prot: 1 }', 'mqtt.prot: unknown key, did you mean mqtt.port?'],
    ['broker: tcp://x', 'broker: unknown key, did you mean mqtt.broker?'],
    ['change_detection: { temperature_treshold: 1 }', 'did you mean change_detection.temperature_threshold?'],
    ['__proto__: { x: 1 }', '__proto__: unknown key'],
    ['mqtt: { broker: "http://x" }', 'expected the URL of a broker'],
    ['mqtt: { broker: "tcp://a:b@x" }', 'a URL is no place for a password'],
    ['mqtt: { broker: "tcp://x", port: 1 }', 'mqtt.port: is for the embedded broker'],
    ['role: inference', 'mqtt.broker: is missing: role inference answers at a broker that is there already'],
    ['{ role: inference, mqtt: { broker: "tcp://x" }, model: none }', 'role inference needs a model'],
    ['mqtt: { username: x }', 'mqtt.username: is for a broker elsewhere'],
    ['retention: { readings: 1m }', 'retention.readings: found "1m", expected a duration from 1h to 3650d'],
    ['clickhouse: { cluster: { name: c, sharded: true } }', 'clickhouse.cluster: is for a server elsewhere'],
    ['clickhouse: { url: "http://c", cluster: { sharded: true } }', 'clickhouse.cluster.name: is missing'],
    ['clickhouse: { url: "http://c", cluster: { name: c } }', 'clickhouse.cluster: has neither replicated nor sharded'],
    [
      'clickhouse: { url: "http://c", cluster: { name: c, sharded: true, replica_name: r } }',
      'clickhouse.cluster.replica_name: is for clickhouse.cluster.replicated',
    ],
    [
      'clickhouse: { url: "http://c", cluster: { name: c, replicated: true, zookeeper_path: /x } }',
      'clickhouse.cluster.zookeeper_path: found "/x", expected a path that begins with /',
    ],
    ['clickhouse: { password_file: x }', 'clickhouse.password_file: is for a server elsewhere'],
    ['clickhouse: { url: "http://h:8123", port: 8123 }', 'clickhouse.port: is for readers of the embedded ClickHouse'],
    [
      'clickhouse: { reader_password_file: x }',
      'clickhouse.reader_password_file: is for readers: give clickhouse.port',
    ],
    ['clickhouse: { port: 70000 }', 'clickhouse.port: found 70000, expected a port'],
    ['policy: { min_position: 60, max_position: 50 }', 'expected at most policy.max_position (50)'],
    [
      'policy: { safe_position: 0 }',
      'policy.safe_position: is where the window goes below policy.min_confidence: give that',
    ],
    ['policy: { min_confidence: 0, safe_position: 0 }', 'give that too (above 0), or remove it'],
    [
      'policy: { min_confidence: 0.5, safe_position: 101 }',
      'policy.safe_position: found 101, expected a number from 0 to 100',
    ],
    ['policy: { min_confidence: .nan }', 'policy.min_confidence: found null, expected a number from 0 to 1'],
    ['model: { watch: 1 }', 'model.watch: found 1, expected true or false'],
    ['model: { workers: 0 }', 'model.workers: found 0, expected a whole number from 1 to 64'],
    ['model: { workers: 1.5 }', 'model.workers: found 1.5, expected a whole number from 1 to 64'],
    ['model: { timeout: 3 }', 'model.timeout: found 3, expected a duration such as 500ms'],
    // A timer that is set to more than 2^31 - 1 ms ends at once.
    ['model: { timeout: 24.9d }', 'model.timeout: found "24.9d", expected a duration from 1ms to 24.8d'],
    ['policy: { command_ttl: 10ms }', 'policy.command_ttl: found "10ms", expected a duration from 1s to 3650d'],
    [
      'model: { roll_back: { max_error_rate: 1.1 } }',
      'model.roll_back.max_error_rate: found 1.1, expected a number from 0 to 1',
    ],
    [
      'model: { roll_back: { windows: 1 } }',
      'model.roll_back.windows: unknown key, did you mean model.roll_back.window?',
    ],
    ['model: { roll_back: { window: 2, min_failures: 3 } }', 'expected at most model.roll_back.window (2)'],
    ['limits: { model_bytes: 2GiB }', 'limits.model_bytes: found "2GiB", expected a size'],
    ['mqtt: { topics: { audio: sensor/audio } }', 'nothing marks the device id'],
    ['audio: { store_raw: 1 }', 'audio.store_raw: found 1, expected true or false'],
    [
      'audio: { storage_path: ./audio_data/ }',
      'audio.storage_path: is for recordings that are kept: give audio.store_raw: true (or false: not now), or remove it',
    ],
    ['audio: { raw_retention: 30d }', 'audio.raw_retention: is for recordings that are kept'],
    ['audio: { raw_max_bytes: 1GiB }', 'audio.raw_max_bytes: is for recordings that are kept'],
    ['audio: { store_raw: true, raw_retention: 30m }', 'expected a duration from 1h to 3650d'],
    ['audio: { store_raw: true, raw_retention: 30 }', 'expected a duration such as'],
    ['audio: { store_raw: true, raw_max_bytes: 1MiB }', 'from 67108864 to'],
    ['- 1', 'louver.yaml: found no keys'],
    ['a: [', 'louver.yaml line 1 is not YAML'],
    ['http: { port: 1 }\nhttp: { port: 2 }', 'louver.yaml line 2 is not YAML'],
  ])('%s', (yaml, expected) => {
    const found = problems(yaml);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  test('never repeat a token', () => {
    const found = problems('api: { tokens: [short-canary, { token: canary-canary-canary }] }');
    expect(found).toHaveLength(2);
    expect(found.join()).not.toContain('canary');
  });
});
