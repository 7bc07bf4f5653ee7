import type { EpochMs } from './event.js';

/** What every row made from a sensor message carries besides its values (protocol.md §4, extension columns). */
export interface SensorRow {
  readonly timestamp: EpochMs;
  readonly device_id: string;
  readonly message_id: string;
  readonly received_at: EpochMs;
  readonly time_source: 'device' | 'server';
  readonly device_timestamp: string;
}

export interface ScalarRow extends SensorRow {
  readonly value: number;
}

export interface QuantityRow extends ScalarRow {
  readonly quantity: string;
}

export interface AudioRow extends SensorRow {
  readonly sample_rate: number;
  /** Seconds. */
  readonly duration: number;
  readonly format: string;
  readonly audio_hash: string;
  /** JSON: `{recipe, values, mel_db_mean}` or `{error}`. */
  readonly features: string;
}

export interface WindowActionRow {
  readonly timestamp: EpochMs;
  readonly device_id: string;
  readonly position: number;
  readonly confidence: number;
  readonly temperature: number;
  readonly humidity: number;
  readonly audio_hash: string;
  readonly command_id: string;
  readonly request_id: string;
  readonly source: string;
  readonly model_version: string;
}

export interface PredictionRow {
  readonly timestamp: EpochMs;
  readonly device_id: string;
  readonly prediction: number;
  readonly confidence: number;
  readonly inference_time_ms: number;
  readonly model_version: string;
  readonly request_id: string;
  readonly held: boolean;
  readonly reason: string;
  /** After the policy; NaN when held. */
  readonly position: number;
}

export interface DeviceRow {
  readonly device_id: string;
  readonly name: string;
  /** Text, or JSON when it was registered as an object. */
  readonly location: string;
  readonly registered_at: EpochMs;
  readonly last_seen: EpochMs;
  readonly is_active: boolean;
  /** JSON. */
  readonly config: string;
  readonly device_type: string;
  /** JSON. */
  readonly metadata: string;
  /** 0 while the device is not decommissioned. */
  readonly deleted_at: EpochMs;
}

export interface WindowStateRow {
  readonly timestamp: EpochMs;
  readonly device_id: string;
  readonly position: number;
  readonly target: number;
  readonly command_id: string;
  readonly result: string;
  readonly message_id: string;
}

export interface DeviceEventRow {
  readonly timestamp: EpochMs;
  readonly device_id: string;
  readonly event: 'registered' | 'online' | 'offline' | 'inactive' | 'active' | (string & {});
  /** JSON. */
  readonly detail: string;
}

export interface DeadLetterRow {
  readonly received_at: EpochMs;
  readonly topic: string;
  readonly device_id: string;
  readonly code: string;
  readonly detail: string;
  /** Base64 of what was received. */
  readonly payload: string;
  readonly message_id: string;
}

/** `code` of the row that says that the dead letter with its `message_id` has been taken in again. */
export const REPLAYED = 'replayed';

/** Rows by table. Third parties add tables by declaration merging. NaN stands for an unknown number. */
export interface Tables {
  sensor_temperature: ScalarRow;
  sensor_humidity: ScalarRow;
  sensor_scalar: QuantityRow;
  sensor_audio: AudioRow;
  window_actions: WindowActionRow;
  ml_predictions: PredictionRow;
  device_registry: DeviceRow;
  window_states: WindowStateRow;
  device_events: DeviceEventRow;
  dead_letters: DeadLetterRow;
}

export type TableName = keyof Tables & string;

/** Quantities with a table of their own; every other goes to `sensor_scalar`. */
export const QUANTITY_TABLES: Readonly<Partial<Record<string, 'sensor_temperature' | 'sensor_humidity'>>> = {
  temperature: 'sensor_temperature',
  humidity: 'sensor_humidity',
};

/** Which columns tell one row of a table from another: what an in-doubt batch is looked up by. */
export interface TableIdentity {
  readonly time: string;
  readonly id: string;
}

/** `undefined`: writing a row again changes nothing (`device_registry` is replaced by the newest `last_seen`). */
export const TABLE_IDENTITY: Readonly<Record<TableName, TableIdentity | undefined>> = {
  sensor_temperature: { time: 'timestamp', id: 'message_id' },
  sensor_humidity: { time: 'timestamp', id: 'message_id' },
  sensor_scalar: { time: 'timestamp', id: 'message_id' },
  sensor_audio: { time: 'timestamp', id: 'message_id' },
  window_actions: { time: 'timestamp', id: 'command_id' },
  ml_predictions: { time: 'timestamp', id: 'request_id' },
  device_registry: undefined,
  window_states: { time: 'timestamp', id: 'message_id' },
  device_events: { time: 'timestamp', id: 'event' },
  dead_letters: { time: 'received_at', id: 'message_id' },
};
