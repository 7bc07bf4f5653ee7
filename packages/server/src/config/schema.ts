import { LONGEST_TIMER_MS, withoutCode } from '@louver/core';
import { esp32Topics, type TopicPatterns } from '@louver/device-esp32';
import { z } from 'zod';
import { apiToken } from './api-token.js';
import { audioSchema } from './audio-schema.js';
import { clusterSchema, retentionSchema } from './storage-schema.js';
import { bytes, duration, flag, leaf, number, oneOf, refuse, text } from './leaf.js';

const port = () => number('a port, 0 to 65535 (0: any free one)', (n) => Number.isInteger(n) && n >= 0 && n <= 65535);
const threshold = (unit: string) => number(`a number >= 0, in ${unit}`, (n) => n >= 0);
const fraction = () => number('a number from 0 to 1', (n) => n >= 0 && n <= 1);
const whole = (least: number, most: number) =>
  number(`a whole number from ${least} to ${most}`, (n) => Number.isInteger(n) && n >= least && n <= most);
const percent = () => number('a number from 0 to 100, percent open', (n) => n >= 0 && n <= 100);

const url = (expected: string, schemes: readonly string[], credentials: string) =>
  text(expected, (found) => {
    if (!URL.canParse(found)) return false;
    const { protocol, hostname, username, password } = new URL(found);
    if (!schemes.includes(protocol) || hostname === '') return false;
    return username === '' && password === '' ? true : refuse(credentials);
  });

const topic = (name: keyof TopicPatterns) =>
  text('a topic pattern with one level + or {device_id}', (pattern) => {
    try {
      esp32Topics({ [name]: name === 'inferenceRequest' ? onePerDevice(pattern) : pattern });
      return true;
    } catch (error) {
      return refuse(withoutCode((error as Error).message));
    }
  });

/** `ml/inference/request/#`, as the Python services write it, means the level of the device id. */
export function onePerDevice(pattern: string): string {
  return pattern.replace(/\/#$/, '/{device_id}');
}

const thresholds = {
  temperature_threshold: threshold('°C'),
  humidity_threshold: threshold('percent'),
};

/** `louver.yaml`, with environment and flags laid over it. */
export const configSchema = z.strictObject({
  host: text('an address or name of this machine, e.g. 127.0.0.1 or 0.0.0.0', /^[^\s/]+$/),
  role: oneOf(['all', 'ingest', 'inference']),
  data_dir: text('the name of a folder'),
  mqtt: z
    .strictObject({
      broker: url(
        'the URL of a broker, e.g. tcp://localhost:1883 or mqtts://host:8883',
        ['tcp:', 'mqtt:', 'ssl:', 'tls:', 'mqtts:', 'ws:', 'wss:'],
        'a URL is no place for a password: use mqtt.username and mqtt.password_file',
      ),
      port: port(),
      username: text('a user name'),
      password_file: text('the name of a file that holds the password'),
      ca_file: text('the name of a file with the CA certificates (PEM)'),
      client_id: text('1 to 64 of A-Z a-z 0-9 _ . : -', /^[A-Za-z0-9_.:-]{1,64}$/),
      users: text('the name of the file with the users of the embedded broker'),
      topics: z
        .strictObject({
          temperature: topic('temperature'),
          humidity: topic('humidity'),
          audio: topic('audio'),
          inference_request: topic('inferenceRequest'),
          window_control: topic('windowControl'),
        })
        .optional(),
    })
    .optional(),
  clickhouse: z
    .strictObject({
      url: url(
        'the HTTP URL of ClickHouse, e.g. http://localhost:8123',
        ['http:', 'https:'],
        'a URL is no place for a password: use clickhouse.username and clickhouse.password_file',
      ),
      addr: leaf<never>('', () =>
        refuse('ClickHouse is spoken to over HTTP: remove addr and use clickhouse.url, e.g. http://localhost:8123'),
      ),
      database: text('a database name: a letter or _, then up to 63 of A-Z a-z 0-9 _', /^[A-Za-z_][A-Za-z0-9_]{0,63}$/),
      username: text('a user name'),
      password_file: text('the name of a file that holds the password'),
      cluster: clusterSchema.optional(),
      port: port(),
      reader_username: text('a user name'),
      reader_password_file: text('the name of a file that holds the password'),
    })
    .optional(),
  change_detection: z
    .strictObject({
      ...thresholds,
      audio_always_trigger: flag(),
      devices: z.record(z.string(), z.strictObject(thresholds)).optional(),
    })
    .optional(),
  model: z
    .strictObject({
      path: text('the name of an ONNX file or of a folder of them, or none', (path) =>
        /\.(pth|pt|ckpt|pkl)$/i.test(path)
          ? refuse('this is a PyTorch file: export the model to ONNX (torch.onnx.export) and give the .onnx file')
          : path !== '',
      ),
      version: text('a version, e.g. v1.0.0'),
      watch: flag(),
      workers: whole(1, 64),
      timeout: duration(1, LONGEST_TIMER_MS),
      roll_back: z
        .strictObject({
          max_error_rate: fraction(),
          max_not_finite_rate: fraction(),
          window: whole(1, 1_000_000),
          min_failures: whole(1, 1_000_000),
        })
        .optional(),
      device: leaf('cpu', (found) =>
        found === 'cuda'
          ? refuse('models run on the CPU here: export the model to ONNX and write cpu, or remove the key')
          : found === 'cpu'
            ? found
            : undefined,
      ),
    })
    .optional(),
  audio: audioSchema.optional(),
  api: z.strictObject({ tokens: z.array(apiToken).optional() }).optional(),
  journal: z
    .strictObject({
      max_bytes: bytes(1024 ** 2, 1024 ** 5),
      durability: oneOf(['journal', 'storage', 'none']),
    })
    .optional(),
  policy: z
    .strictObject({
      min_position: percent(),
      max_position: percent(),
      min_confidence: fraction(),
      safe_position: percent(),
      command_ttl: duration(1_000),
    })
    .optional(),
  devices: z.strictObject({ inactive_after: duration(1_000) }).optional(),
  health: z.strictObject({ notice_within: duration(1_000, 3_600_000) }).optional(),
  home_assistant: z
    .strictObject({
      discovery: flag(),
      prefix: text('a topic such as homeassistant, without + and #', /^[^+#$/\0][^+#\0]*(?<!\/)$/),
    })
    .optional(),
  retention: retentionSchema.optional(),
  limits: z
    .strictObject({
      packet_bytes: bytes(1024, 256 * 1024 ** 2),
      scalar_bytes: bytes(64, 1024 ** 2),
      audio_bytes: bytes(1024, 64 * 1024 ** 2),
      model_bytes: bytes(1024, 1024 ** 3),
      connections: whole(1, 100_000),
      unsettled: whole(1, 100_000),
      clock_ahead: duration(0),
    })
    .optional(),
  log: z.strictObject({ level: oneOf(['debug', 'info', 'warn', 'error']) }).optional(),
  http: z.strictObject({ port: port() }).optional(),
});

export type RawConfig = z.output<typeof configSchema>;
