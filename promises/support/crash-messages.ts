import { QUANTITY_TABLES, type TableName } from '@louver/core';
import { esp32Codec } from '@louver/device-esp32';

/** The last seconds of a month are behind it, and the first of the next. */
export const START_MS = Date.UTC(2026, 1, 1, 0, 0, 2);
/** A temperature that storage refuses. */
export const REFUSED = 66.6;

export interface Sent {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  /** `table id` of each row that it must make; none when nothing can recognise it again. */
  readonly rows: readonly string[];
  /** Of a message without an identity: every delivery of it makes a row of its own, known by this number. */
  readonly value?: number;
}

const codec = esp32Codec();

function message(topic: string, body: object | string): Sent {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const value = (body as { value?: number }).value;
  try {
    const found = codec.decode({ topic, payload: Buffer.from(payload), receivedAtMs: START_MS, deliveryId: '' });
    if (!found.every(({ identified }) => identified)) return { topic, payload, rows: [], ...(value && { value }) };
    const rows = found.map((event) => {
      const id = event.kind === 'command-seen' ? event.command.commandId : event.messageId;
      return `${tableOf(event)} ${id}`;
    });
    return { topic, payload, rows };
  } catch {
    return { topic, payload, rows: [] };
  }
}

function tableOf(event: ReturnType<typeof codec.decode>[number]): TableName {
  switch (event.kind) {
    case 'scalar':
      if (event.value === REFUSED) return 'dead_letters';
      return QUANTITY_TABLES[event.quantity] ?? 'sensor_scalar';
    case 'waveform':
      return 'sensor_audio';
    case 'command-seen':
      return 'window_actions';
    case 'window-state':
      return 'window_states';
    case 'rejected':
      return 'dead_letters';
    default:
      throw new Error(`no row is expected of ${event.kind}`);
  }
}

/**
 * What two devices send, in waves: all that can be difficult about a batch. Several tables and months per message, copies in the same batch
 * and in a later one, a row that storage refuses, time without a stamp, a recording, a person's command, poison.
 */
export function crashMessages(prefix = ''): readonly (readonly Sent[])[] {
  const [a, b] = [`${prefix}a`, `${prefix}b`];
  const at = (offsetMs: number): string => new Date(START_MS + offsetMs).toISOString();
  const telemetry = message(`devices/${a}/telemetry`, {
    temperature: 20,
    humidity: 'wet',
    battery_level: 87,
    heating: 'ON',
    timestamp: at(-3000),
  });
  const february = message(`sensor/${b}/temperature`, { value: 15, timestamp: at(-1000), boot: 7, seq: 1 });
  const stampless = message(`sensor/${b}/co2`, { value: 612, boot: 7, seq: 2 });
  const refused = message(`sensor/${a}/temperature`, { value: REFUSED, timestamp: at(-500), boot: 3, seq: 3 });
  const sound = Buffer.alloc(640, 1).toString('base64');
  return [
    [
      message(`sensor/${a}/temperature`, { value: 19, timestamp: at(-4000), boot: 3, seq: 1 }),
      message(`sensor/${a}/humidity`, { value: 50, timestamp: at(-4000), boot: 3, seq: 2 }),
      telemetry,
      telemetry,
      february,
      stampless,
      february,
    ],
    [
      refused,
      message(`sensor/${a}/temperature`, { value: 19.1, timestamp: at(-400), boot: 3, seq: 4 }),
      refused,
      message(`sensor/${a}/audio`, { data: sound, sample_rate: 16_000, duration: 0.02, timestamp: at(-300) }),
      message(`window/${a}/control`, {
        device_id: a,
        timestamp: at(-200),
        position: 40,
        confidence: 1,
        features_used: { temperature: 19, humidity: 50, audio_features: [] },
        command_id: `${prefix}by-hand`,
        source: 'manual',
      }),
      message(`window/${a}/state`, { position: 40, target: 40, result: 'done', timestamp: at(-100) }),
      message(`sensor/${b}/humidity`, { value: 44.4 }),
      message(`sensor/${b}/temperature`, 'this is no JSON'),
    ],
    [
      message(`sensor/${a}/temperature`, { value: 25, timestamp: at(0), boot: 3, seq: 5 }),
      telemetry,
      refused,
      stampless,
      february,
      message(`sensor/${b}/temperature`, { value: 16, timestamp: at(10), boot: 7, seq: 3 }),
    ],
  ];
}
