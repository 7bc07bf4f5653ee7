import { LONGEST_TIMER_MS, withoutCode } from '@louver/core';
import { esp32Topics, type TopicPatterns } from '@louver/device-esp32';
import { z } from 'zod';
import { API_TOKEN, apiToken } from './api-token.js';
import { audioSchema } from './audio-schema.js';
import { clusterSchema, retentionSchema } from './storage-schema.js';
import { about, bytes, duration, flag, leaf, number, oneOf, refuse, text } from './leaf.js';

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
  temperature_threshold: about(
    threshold('°C'),
    'How much a temperature has to change before the model is asked; raise it for sensors that flicker.',
    { default: '0.5', unit: '°C' },
  ),
  humidity_threshold: about(
    threshold('percent'),
    'How much a humidity has to change before the model is asked; raise it for sensors that flicker.',
    { default: '2', unit: '%' },
  ),
};

/** `louver.yaml`, with environment and flags laid over it. */
export const configSchema = z.strictObject({
  host: about(
    text('an address or name of this machine, e.g. 127.0.0.1 or 0.0.0.0', /^[^\s/]+$/),
    'Address that MQTT and HTTP listen on; 0.0.0.0 lets other machines in, and needs users and a token.',
    '127.0.0.1',
  ),
  role: about(
    oneOf(['all', 'ingest', 'inference']),
    'What this process does: everything; ingest: store, and ask an inference service; inference: be one. Change it to split the work over two machines.',
    'all',
  ),
  data_dir: about(
    text('the name of a folder'),
    'Where journal, embedded database, broker and users are; set it to a disk that survives.',
    './data',
  ),
  mqtt: z
    .strictObject({
      broker: about(
        url(
          'the URL of a broker, e.g. tcp://localhost:1883 or mqtts://host:8883',
          ['tcp:', 'mqtt:', 'ssl:', 'tls:', 'mqtts:', 'ws:', 'wss:'],
          'a URL is no place for a password: use mqtt.username and mqtt.password_file',
        ),
        'Use this broker instead of the embedded one.',
        '(the embedded broker)',
      ),
      port: about(port(), 'Port of the embedded broker; change it when another program has 1883.', '1883'),
      username: about(text('a user name'), 'User at the broker that `mqtt.broker` names.'),
      password_file: about(
        text('the name of a file that holds the password'),
        'File with its password, so that it is in no configuration.',
      ),
      ca_file: about(
        text('the name of a file with the CA certificates (PEM)'),
        "Certificates that the broker's one is checked with; set it when they are of your own making.",
        '(those that Node trusts)',
      ),
      client_id: about(
        text('1 to 64 of A-Z a-z 0-9 _ . : -', /^[A-Za-z0-9_.:-]{1,64}$/),
        'Name at the broker, under which it keeps our session; give each of several servers one of its own.',
        '(louver, or louver-inference)',
      ),
      users: about(
        text('the name of the file with the users of the embedded broker'),
        'File with the users of the embedded broker, written by `louver user add`.',
        '(users.json in data_dir)',
      ),
      topics: z
        .strictObject({
          temperature: about(
            topic('temperature'),
            'Topics that temperatures come on, when devices have others.',
            'sensor/+/temperature',
          ),
          humidity: about(
            topic('humidity'),
            'Topics that humidities come on, when devices have others.',
            'sensor/+/humidity',
          ),
          audio: about(topic('audio'), 'Topics that recordings come on, when devices have others.', 'sensor/+/audio'),
          inference_request: about(
            topic('inferenceRequest'),
            'Topics that models are asked on, when an inference service has others.',
            'ml/inference/request/+',
          ),
          window_control: about(
            topic('windowControl'),
            'Topics that windows are moved on, when windows have others.',
            'window/+/control',
          ),
        })
        .optional(),
    })
    .optional(),
  clickhouse: z
    .strictObject({
      url: about(
        url(
          'the HTTP URL of ClickHouse, e.g. http://localhost:8123',
          ['http:', 'https:'],
          'a URL is no place for a password: use clickhouse.username and clickhouse.password_file',
        ),
        'Use this ClickHouse (HTTP) instead of the embedded one.',
        '(the embedded ClickHouse)',
      ),
      addr: about(
        leaf<never>('', () =>
          refuse('ClickHouse is spoken to over HTTP: remove addr and use clickhouse.url, e.g. http://localhost:8123'),
        ),
        'Not used: ClickHouse is spoken to over HTTP, by `clickhouse.url`; here so that files of older backends are told so.',
        '(refused)',
      ),
      database: about(
        text('a database name: a letter or _, then up to 63 of A-Z a-z 0-9 _', /^[A-Za-z_][A-Za-z0-9_]{0,63}$/),
        'Database that the tables are in; change it when several installations share a server.',
        'iot',
      ),
      username: about(text('a user name'), 'User at the ClickHouse that `clickhouse.url` names.'),
      password_file: about(
        text('the name of a file that holds the password'),
        'File with its password, so that it is in no configuration.',
      ),
      cluster: clusterSchema.optional(),
      port: about(
        port(),
        'Let others read the embedded ClickHouse over HTTP, e.g. Grafana; 0 is any free port.',
        '(nobody else reads it)',
      ),
      reader_username: about(text('a user name'), 'User that reads by `clickhouse.port`.', 'reader'),
      reader_password_file: about(
        text('the name of a file that holds the password'),
        'File with the password of that user; needed where other machines reach the port.',
      ),
    })
    .optional(),
  change_detection: z
    .strictObject({
      ...thresholds,
      audio_always_trigger: about(
        flag(),
        'Whether every recording asks the model; false where sound alone is no reason to move a window.',
        'true',
      ),
      devices: z.record(z.string(), z.strictObject(thresholds)).optional(),
    })
    .optional(),
  model: z
    .strictObject({
      path: about(
        text('the name of an ONNX file or of a folder of them, or none', (path) =>
          /\.(pth|pt|ckpt|pkl)$/i.test(path)
            ? refuse('this is a PyTorch file: export the model to ONNX (torch.onnx.export) and give the .onnx file')
            : path !== '',
        ),
        'ONNX model, or a folder whose newest model serves; none: store readings, decide nothing.',
        '(the one that comes with Louver)',
      ),
      version: about(
        text('a version, e.g. v1.0.0'),
        "Version that is written with every prediction, instead of the model's own; of a single file only.",
        "(the model's own)",
      ),
      watch: about(
        flag(),
        'Whether a model that is written there takes over while the server runs.',
        '(true for a folder, false for a file)',
      ),
      workers: about(
        whole(1, 64),
        'Threads that predict, each with the model in memory; more for large models and many devices.',
        '1',
      ),
      timeout: about(
        duration(1, LONGEST_TIMER_MS),
        'A prediction that takes longer is given up; longer for large models.',
        '3s',
      ),
      roll_back: z
        .strictObject({
          max_error_rate: about(
            fraction(),
            'Share of failed predictions at which a model that took over gives way to the one before.',
            '0.05',
          ),
          max_not_finite_rate: about(
            fraction(),
            'Share of predictions that are no number at which it gives way.',
            '0.01',
          ),
          window: about(
            whole(1, 1_000_000),
            'How many of its last predictions are looked at; larger is slower to judge.',
            { default: '200', unit: 'predictions' },
          ),
          min_failures: about(
            whole(1, 1_000_000),
            'How many have to fail at the least, so that one accident does not turn it back.',
            { default: '3', unit: 'predictions' },
          ),
        })
        .optional(),
      device: about(
        leaf('cpu', (found) =>
          found === 'cuda'
            ? refuse('models run on the CPU here: export the model to ONNX and write cpu, or remove the key')
            : found === 'cpu'
              ? found
              : undefined,
        ),
        'What models run on; models run on the CPU, so that the key may as well go.',
        'cpu',
      ),
    })
    .optional(),
  audio: audioSchema.optional(),
  api: z
    .strictObject({
      tokens: about(
        z
          .array(apiToken)
          .optional()
          .meta({ expected: `a list; each ${API_TOKEN}` }),
        'Who may use the HTTP API; needed as soon as other machines reach it, and to change the model.',
      ),
    })
    .optional(),
  journal: z
    .strictObject({
      max_bytes: about(
        bytes(1024 ** 2, 1024 ** 5),
        'Most that the journal takes on disk; at the bound devices wait for their acknowledgement. Give it the hours that the database may be away.',
        { default: '1GiB', unit: 'bytes' },
      ),
      durability: about(
        oneOf(['journal', 'storage', 'none']),
        'What an acknowledgement means: on disk in the journal, stored in the database, or nothing.',
        'journal',
      ),
    })
    .optional(),
  policy: z
    .strictObject({
      min_position: about(percent(), 'Windows are never closed further than this.', { default: '0', unit: '% open' }),
      max_position: about(percent(), 'Windows are never opened further than this.', { default: '100', unit: '% open' }),
      min_confidence: about(
        fraction(),
        'Below this confidence the model is not followed; 0 follows it always. Read it off the calibration of your model.',
        '0',
      ),
      safe_position: about(
        percent(),
        'Where the window goes when the model is not sure enough; without it the window is left alone.',
        { default: '(left alone)', unit: '% open' },
      ),
      command_ttl: about(duration(1_000), 'How long a command holds; a device that gets it later does not obey.', '5m'),
    })
    .optional(),
  devices: z
    .strictObject({
      inactive_after: about(
        duration(1_000),
        'Silence after which a device counts as inactive; longer than the slowest device measures.',
        '10m',
      ),
    })
    .optional(),
  health: z
    .strictObject({
      notice_within: about(
        duration(1_000, 3_600_000),
        'Within what time `/readyz` says that broker, storage or model is away, also while nothing comes in.',
        '10s',
      ),
    })
    .optional(),
  home_assistant: z
    .strictObject({
      discovery: about(flag(), 'Whether Home Assistant is told which devices there are.', 'false'),
      prefix: about(
        text('a topic such as homeassistant, without + and #', /^[^+#$/\0][^+#\0]*(?<!\/)$/),
        'Topic that Home Assistant looks at, its `discovery_prefix`.',
        'homeassistant',
      ),
    })
    .optional(),
  retention: retentionSchema.optional(),
  limits: z
    .strictObject({
      packet_bytes: about(
        bytes(1024, 256 * 1024 ** 2),
        'A larger MQTT packet ends the connection; raise it above `limits.audio_bytes`.',
        { default: '4MiB', unit: 'bytes' },
      ),
      scalar_bytes: about(bytes(64, 1024 ** 2), 'A larger message with numbers becomes a dead letter.', {
        default: '64KiB',
        unit: 'bytes',
      }),
      audio_bytes: about(
        bytes(1024, 64 * 1024 ** 2),
        'A larger recording becomes a dead letter; raise it for long ones.',
        { default: '2MiB', unit: 'bytes' },
      ),
      model_bytes: about(bytes(1024, 1024 ** 3), 'A larger model is not taken over HTTP.', {
        default: '64MiB',
        unit: 'bytes',
      }),
      connections: about(whole(1, 100_000), 'Most MQTT clients at the embedded broker.', {
        default: '12000',
        unit: 'clients',
      }),
      unsettled: about(
        whole(1, 100_000),
        'Most messages taken in and not yet durable; more holds more memory, fewer wait earlier.',
        { default: '4096', unit: 'messages' },
      ),
      clock_ahead: about(
        duration(0),
        'How far the clock of a device may be ahead; beyond it the time of receipt counts.',
        '5m',
      ),
    })
    .optional(),
  log: z
    .strictObject({
      level: about(
        oneOf(['debug', 'info', 'warn', 'error']),
        'What is logged; debug while you look for something.',
        'info',
      ),
    })
    .optional(),
  http: z
    .strictObject({ port: about(port(), 'Port of the HTTP API; change it when another program has 8080.', '8080') })
    .optional(),
});

export type RawConfig = z.output<typeof configSchema>;
