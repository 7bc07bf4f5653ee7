import type { StorageAdapter, TableName, Tables } from '@louver/core';

/** 10 March 2026 in UTC, from midnight to midnight: what all that is expected is computed from by hand. */
export const DAY = { fromMs: Date.UTC(2026, 2, 10), toMs: Date.UTC(2026, 2, 11) };
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Milliseconds since 1970 of a time of that day, or of one before or after it. */
export const at = (hour: number, minute = 0, second = 0, ms = 0): number =>
  DAY.fromMs + hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + ms;

type Rows = { readonly [T in TableName]: readonly Tables[T][] };

/** The device, the time of its own clock and of receipt. */
function sensor(deviceId: string, timestamp: number) {
  return {
    timestamp,
    device_id: deviceId,
    message_id: `${deviceId}:${timestamp}`,
    received_at: timestamp,
    time_source: 'device',
    device_timestamp: '',
  } as const;
}

/** Every ten minutes of the hours from `first` to below `end`. */
function tens(first: number, end: number): number[] {
  return Array.from({ length: (end - first) * 6 }, (_, i) => at(first, i * 10));
}

const temperatures = [
  // As warm as it is late: 20 °C in the hour after midnight, 43 in the last one. One reading is unknown.
  ...tens(0, 24).map((ms) => ({
    ...sensor('kitchen', ms),
    value: ms === at(5, 10) ? NaN : 20 + Math.floor((ms - DAY.fromMs) / HOUR_MS),
  })),
  ...tens(12, 24).map((ms) => ({ ...sensor('attic', ms), value: 10 })),
  // Silent since ten to three.
  ...tens(0, 3).map((ms) => ({ ...sensor('cellar', ms), value: 15 })),
  // A millisecond too early and too late.
  { ...sensor('kitchen', at(0, 0, 0, -1)), value: 99 },
  { ...sensor('kitchen', at(24, 0, 0, 1)), value: 99 },
];

const features = (values: object, bands?: readonly number[]): string =>
  JSON.stringify({ recipe: 'r1', values, ...(bands && { mel_db_mean: bands }) });
const recording = (ms: number, json: string, duration = 2) => ({
  ...sensor('kitchen', ms),
  sample_rate: 16_000,
  duration,
  format: 'wav',
  audio_hash: `hash-${ms}`,
  features: json,
});

const action = (
  commandId: string,
  deviceId: string,
  timestamp: number,
  position: number,
  decided?: { confidence: number; version: string },
) => ({
  timestamp,
  device_id: deviceId,
  position,
  confidence: decided?.confidence ?? 1,
  temperature: decided === undefined ? NaN : 21,
  humidity: decided === undefined ? NaN : 50,
  audio_hash: '',
  command_id: commandId,
  request_id: decided === undefined ? '' : `request-${commandId}`,
  source: decided === undefined ? 'manual' : 'model',
  model_version: decided?.version ?? '',
});

const state = (commandId: string, deviceId: string, timestamp: number, position: number, result: string) => ({
  timestamp,
  device_id: deviceId,
  position,
  target: position,
  command_id: commandId,
  result,
  message_id: `${deviceId}:state:${timestamp}`,
});

const prediction = (
  deviceId: string,
  timestamp: number,
  inferenceMs: number,
  confidence: number,
  version: string,
  held = '',
) => ({
  timestamp,
  device_id: deviceId,
  prediction: 50,
  confidence,
  inference_time_ms: inferenceMs,
  model_version: version,
  request_id: `${deviceId}:prediction:${timestamp}`,
  held: held !== '',
  reason: held,
  position: held === '' ? 50 : NaN,
});

const device = (deviceId: string, lastSeen: number, isActive: boolean, deletedAt = 0) => ({
  device_id: deviceId,
  name: `The ${deviceId}`,
  location: 'home',
  registered_at: at(-48),
  last_seen: lastSeen,
  is_active: isActive,
  config: '{}',
  device_type: 'SensorNode',
  metadata: '{}',
  deleted_at: deletedAt,
});

const letter = (deviceId: string, receivedAt: number, code: string) => ({
  received_at: receivedAt,
  topic: `sensor/${deviceId}/temperature`,
  device_id: deviceId,
  code,
  detail: `why: ${code}`,
  payload: '',
  message_id: `letter:${deviceId}:${receivedAt}`,
});

export const SEEDED_DAY: Rows = {
  sensor_temperature: temperatures,
  sensor_humidity: Array.from({ length: 24 }, (_, hour) => ({
    ...sensor('kitchen', at(hour)),
    value: hour % 2 === 0 ? 50 : 60,
  })),
  sensor_scalar: [{ ...sensor('kitchen', at(9)), quantity: 'co2', value: 700 }],
  sensor_audio: [
    recording(at(6), features({ rms_mean: 0.1, spectral_centroid_mean: 1000, spectral_rolloff_mean: 3000, zero_crossing_rate_mean: 0.1, mfcc_mean_1: -100 }, [-10, -20, -30])), // prettier-ignore
    recording(at(6, 30), features({ rms_mean: 0.01, spectral_centroid_mean: 2000, spectral_rolloff_mean: 5000, zero_crossing_rate_mean: 0.3, mfcc_mean_1: -200 }, [-30, -40, -50])), // prettier-ignore
    // Silence, of another recipe.
    recording(at(7), features({ rms_mean: 0 })),
    recording(at(8), JSON.stringify({ error: 'E_FEATURES' }), 1.5),
  ],
  window_actions: [
    action('c1', 'kitchen', at(8), 40, { confidence: 0.95, version: 'v1' }),
    action('c2', 'kitchen', at(9), 60, { confidence: 0.65, version: 'v1' }),
    // Two corrections of one decision: the last one counts.
    action('m1', 'kitchen', at(9, 5), 30),
    action('m2', 'kitchen', at(9, 8), 50),
    action('c3', 'kitchen', at(10), 80, { confidence: 0.62, version: 'v2' }),
    // Twenty minutes later: that is no correction.
    action('m3', 'kitchen', at(10, 20), 0),
    action('c4', 'attic', at(14), 20, { confidence: 0.35, version: 'v2' }),
    // Ten minutes, to the millisecond.
    action('m4', 'attic', at(14, 10), 50),
  ],
  window_states: [
    state('c1', 'kitchen', at(8, 0, 10), 20, 'moving'),
    state('c1', 'kitchen', at(8, 0, 30), 38, 'done'),
    state('c2', 'kitchen', at(9, 0, 40), 60, 'done'),
    state('m3', 'kitchen', at(10, 20, 20), 0, 'done'),
    state('m4', 'attic', at(14, 10, 30), 50, 'done'),
    state('', 'attic', at(15), NaN, 'done'),
    // Forty days ago: nobody knows where that window is.
    state('', 'cellar', at(-40 * 24), 77, 'done'),
  ],
  ml_predictions: [
    ...Array.from({ length: 10 }, (_, i) => prediction('kitchen', at(8, i), i + 1, 0.9, 'v1')),
    // Of a service that says neither.
    prediction('kitchen', at(9, 30), NaN, NaN, 'v1'),
    prediction('attic', at(14), 4, 0.35, 'v2'),
    prediction('attic', at(14, 30), 8, 1, 'v2', 'rate-limited'),
    prediction('attic', at(24, 0, 0, 1), 1000, 0.1, 'v2'),
  ],
  device_registry: [
    device('kitchen', at(10), false),
    device('kitchen', at(23, 50), true),
    device('attic', at(23, 50), true),
    device('cellar', at(2, 50), false),
    device('shed', at(20), true),
    device('shed', at(20, 0, 0, 1), false, at(20, 0, 0, 1)),
  ],
  device_events: [{ timestamp: at(-48), device_id: 'kitchen', event: 'registered', detail: '{}' }],
  dead_letters: [
    letter('attic', at(10), 'not-json'),
    letter('attic', at(10, 20), 'not-json'),
    letter('attic', at(10, 40), 'not-json'),
    letter('attic', at(11), 'out-of-range'),
    letter('attic', at(12), 'replayed'),
    letter('', at(13), 'unknown-topic'),
    letter('attic', at(-1), 'not-json'),
  ],
};

/** Writes rows as the pipeline does: one month of a table at a time. */
export async function write(
  storage: StorageAdapter,
  rows: { readonly [T in TableName]?: readonly Tables[T][] },
): Promise<void> {
  for (const table of Object.keys(rows) as TableName[]) {
    const byMonth = new Map<string, Tables[TableName][]>();
    for (const row of rows[table] ?? []) {
      const ms = 'timestamp' in row ? row.timestamp : 'received_at' in row ? row.received_at : 0;
      const month = new Date(ms).toISOString().slice(0, 7);
      byMonth.set(month, [...(byMonth.get(month) ?? []), row]);
    }
    for (const each of byMonth.values()) await storage.write(table, each as never);
  }
}
