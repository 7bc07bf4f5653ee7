import {
  defaultContext,
  memoryStorage,
  type AudioRow,
  type Context,
  type DeviceRow,
  type MemoryStorage,
  type PipelineHealth,
  type ScalarRow,
  type WindowActionRow,
} from '@louver/core';
import { createApp, type AppOptions } from '../../src/http/create-app.js';

export const T0 = Date.UTC(2026, 0, 31, 12);

export const WELL: PipelineHealth = {
  state: 'ready',
  reasons: [],
  durability: 'journal',
  components: { transport: { ok: true }, journal: { ok: true }, storage: { ok: true }, engine: { ok: true } },
};

export function storageAwayHealth(reason: string): PipelineHealth {
  const components = { ...WELL.components, storage: { ok: false, reason } as const };
  return { ...WELL, state: 'degraded', reasons: [`storage: ${reason}`], components };
}

export function scalarRow(deviceId: string, timestamp: number, value: number): ScalarRow {
  return {
    timestamp,
    device_id: deviceId,
    message_id: `${deviceId}-${timestamp}-${value}`,
    received_at: timestamp + 5,
    time_source: 'device',
    device_timestamp: new Date(timestamp).toISOString(),
    value,
  };
}

export function audioRow(deviceId: string, timestamp: number): AudioRow {
  const { value: _value, ...sensor } = scalarRow(deviceId, timestamp, 0);
  return {
    ...sensor,
    sample_rate: 16_000,
    duration: 2,
    format: 'wav',
    audio_hash: 'ab'.repeat(32),
    features: JSON.stringify({ recipe: 'r1', values: { rms_mean: 0.25 }, mel_db_mean: [-40] }),
  };
}

export function actionRow(deviceId: string, timestamp: number): WindowActionRow {
  return {
    timestamp,
    device_id: deviceId,
    position: 75.5,
    confidence: 0.92,
    temperature: 25.5,
    humidity: NaN,
    audio_hash: '',
    command_id: `c-${timestamp}`,
    request_id: `r-${timestamp}`,
    source: 'model',
    model_version: 'v1.0.0',
  };
}

export function deviceRow(deviceId: string, changes: Partial<DeviceRow> = {}): DeviceRow {
  return {
    device_id: deviceId,
    name: deviceId,
    location: '',
    registered_at: T0,
    last_seen: T0 + 1_000,
    is_active: true,
    config: '{}',
    device_type: '',
    metadata: '{}',
    deleted_at: 0,
    ...changes,
  };
}

/** Storage with a device `room-1` that has a little of everything. */
export async function filledStorage(): Promise<MemoryStorage> {
  const storage = memoryStorage();
  await storage.open(defaultContext());
  await storage.write('device_registry', [
    deviceRow('room-1', { location: '{"latitude":52.5,"longitude":13.4}', metadata: '{"model":"TH-2000"}' }),
    deviceRow('silent', { location: 'Kitchen', config: 'not {json' }),
  ]);
  await storage.write(
    'sensor_temperature',
    [0, 1, 2, 3, 4].map((i) => scalarRow('room-1', T0 + i * 60_000, 20 + i)),
  );
  await storage.write('sensor_humidity', [scalarRow('room-1', T0, NaN)]);
  await storage.write('sensor_scalar', [{ ...scalarRow('room-1', T0, 612), quantity: 'co2' }]);
  await storage.write('sensor_audio', [audioRow('room-1', T0 + 10_000)]);
  await storage.write('window_actions', [actionRow('room-1', T0 + 11_000)]);
  return storage;
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A context that keeps what is logged. */
export function recordingContext(): { context: Context; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: string) =>
    (message: string, fields: object = {}): void =>
      void lines.push({ level, message, fields: { ...fields } });
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { context: defaultContext({ logger }), lines };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Asks an app made of `options`, filled in by what always works. */
export function asker(options: Partial<AppOptions> = {}): (path: string, init?: RequestInit) => Promise<Answer> {
  const app = createApp({
    health: () => WELL,
    reader: undefined,
    tokens: [],
    context: defaultContext(),
    ...options,
  });
  return async (path, init) => {
    const response = await app.fetch(new Request(`http://localhost${path}`, init));
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? {} : (JSON.parse(text) as Answer['body']),
    };
  };
}
