import { LouverError } from '../errors.js';
import type {
  CommandSeen,
  ConfigReported,
  DeviceInfo,
  EpochMs,
  InboundEvent,
  InferenceAsked,
  RecordingPart,
  WaveformReading,
} from '../event.js';
import type { FeatureExtractor } from '../feature-extractor.js';
import type { InboundMessage } from '../codec.js';
import type { InferenceResult } from '../inference-engine.js';
import type { DerivedRecord } from '../journal.js';
import type { Logger } from '../logger.js';
import type { RowKey } from '../storage.js';
import type { TableName, Tables } from '../tables.js';
import { LOOK_BACK_MS, readingKey, ReadingRow, sensorColumns } from './reading-row.js';

/** A row on its way to a table, and how to find out whether it is there already. */
export type TableRow = {
  readonly [T in TableName]: {
    readonly table: T;
    readonly row: Tables[T];
    /** Absent: the table has no identity, writing twice changes nothing. */
    readonly key?: RowKey;
    /** A redelivery can be recognised by `key.id`. */
    readonly identified: boolean;
  };
}[TableName];

/** A command that is decided again after a crash has the same id and a later time. */
const COMMAND_LOOK_BACK_MS = 3_600_000;

/**
 * Row of an event that needs no work of its own.
 * @param dup the sender may have sent it before.
 */
export function rowOf(
  event: Exclude<InboundEvent, WaveformReading | RecordingPart | InferenceAsked | DeviceInfo | ConfigReported>,
  message: InboundMessage,
  dup = false,
): TableRow {
  const { deviceId, timestampMs, messageId, identified } = event;
  switch (event.kind) {
    case 'scalar':
      return new ReadingRow(event, dup, message.retained) as TableRow;
    case 'command-seen': {
      const { command } = event;
      const row = {
        timestamp: command.timestampMs,
        device_id: deviceId,
        position: command.position,
        confidence: command.confidence,
        temperature: command.featuresUsed.temperature,
        humidity: command.featuresUsed.humidity,
        audio_hash: command.audioSha256 ?? '',
        command_id: command.commandId,
        request_id: command.requestId,
        source: command.source,
        model_version: command.modelVersion ?? '',
      };
      const fromMs = command.timestampMs - COMMAND_LOOK_BACK_MS;
      const key = { deviceId, fromMs, toMs: command.timestampMs, id: command.commandId };
      return { table: 'window_actions', row, key, identified };
    }
    case 'window-state': {
      const key = readingKey(event, dup, message.retained);
      const row = {
        timestamp: timestampMs,
        device_id: deviceId,
        position: event.position,
        target: event.target,
        command_id: event.commandId,
        result: event.result,
        message_id: messageId,
      };
      return { table: 'window_states', row, key, identified };
    }
    case 'inference-answered': {
      const { prediction, inferenceMs, modelVersion, requestId, ...answer } = event.answer;
      const row = {
        timestamp: timestampMs,
        device_id: deviceId,
        prediction,
        confidence: answer.confidence,
        inference_time_ms: inferenceMs,
        model_version: modelVersion,
        request_id: requestId,
        held: answer.held,
        reason: answer.reason,
        position: answer.position,
      };
      // Known by its request: also without a time of its own, which is then another one each time that it comes.
      const key = { ...readingKey({ ...event, identified: true }), id: requestId };
      return { table: 'ml_predictions', row, key, identified: true };
    }
    case 'device-status': {
      const name = event.online ? 'online' : 'offline';
      const row = { timestamp: timestampMs, device_id: deviceId, event: name, detail: '{}' };
      const key = { deviceId, fromMs: timestampMs, toMs: timestampMs, id: name };
      return { table: 'device_events', row, key, identified: false };
    }
    case 'rejected': {
      const letter = deadLetter(message, event.deviceId, event.reason, event.detail, messageId);
      // Its time is that of the receipt, another one each time that the message comes.
      const key = { deviceId, fromMs: event.receivedAtMs - LOOK_BACK_MS, toMs: event.receivedAtMs, id: messageId };
      return { ...letter, key, identified };
    }
  }
}

/** The message itself, set aside. */
export function deadLetter(
  message: InboundMessage,
  deviceId: string,
  code: string,
  detail: string,
  messageId: string,
): TableRow {
  const { topic, payload, receivedAtMs } = message;
  const row = {
    received_at: receivedAtMs,
    topic,
    device_id: deviceId,
    code,
    detail,
    payload: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('base64'),
    message_id: messageId,
  };
  const key = { deviceId, fromMs: receivedAtMs, toMs: receivedAtMs, id: messageId };
  return { table: 'dead_letters', row, key, identified: false };
}

/** Row of a recording, with its features or the code of what went wrong with them (protocol.md, `sensor_audio.features`). */
export async function audioRow(
  event: WaveformReading,
  features: FeatureExtractor | undefined,
  dup: boolean,
  logger: Logger,
): Promise<TableRow> {
  const { recording } = event;
  const row = {
    ...sensorColumns(event),
    sample_rate: recording.sampleRateHz,
    duration: recording.durationS,
    format: recording.format,
    audio_hash: recording.sha256,
    features: await featuresColumn(event, features, logger),
  };
  return { table: 'sensor_audio', row, key: readingKey(event, dup), identified: event.identified };
}

async function featuresColumn(
  event: WaveformReading,
  features: FeatureExtractor | undefined,
  logger: Logger,
): Promise<string> {
  if (features === undefined) return '{}';
  try {
    const { values, extras } = await features.extract(event.recording);
    const named = Object.fromEntries(features.names.map((name, place) => [name, values[place]]));
    return JSON.stringify({ recipe: features.recipe, values: named, ...extras });
  } catch (error) {
    const { code, message } = LouverError.from(error, 'E_FEATURES');
    // The row has room for the code alone.
    logger.warn('recording stored without features', { deviceId: event.deviceId, error: message });
    return JSON.stringify({ error: code });
  }
}

/** Row of a record that we made ourselves. */
export function rowOfDerived(record: DerivedRecord): TableRow {
  switch (record.table) {
    case 'device_registry':
      return { table: record.table, row: record.row, identified: false };
    case 'device_events': {
      const { row } = record;
      // Not `identified`: the event's name is no identity by itself, it repeats.
      return { table: record.table, row, key: exactKey(row.device_id, row.timestamp, row.event), identified: false };
    }
    case 'ml_predictions': {
      const { row } = record;
      return {
        table: record.table,
        row,
        key: exactKey(row.device_id, row.timestamp, row.request_id),
        identified: true,
      };
    }
    case 'dead_letters': {
      const { row } = record;
      return {
        table: record.table,
        row,
        key: exactKey(row.device_id, row.received_at, row.message_id),
        identified: false,
      };
    }
    case 'window_actions':
      return {
        table: record.table,
        row: record.row,
        key: exactKey(record.row.device_id, record.row.timestamp, record.row.command_id),
        identified: true,
      };
    default: {
      const { row } = record;
      return {
        ...record,
        key: exactKey(row.device_id, row.timestamp, row.message_id),
        identified: true,
      };
    }
  }
}

export function predictionRecord(result: InferenceResult): DerivedRecord {
  const row = {
    timestamp: result.timestampMs,
    device_id: result.deviceId,
    prediction: result.value,
    confidence: result.confidence,
    inference_time_ms: result.inferenceMs,
    model_version: result.modelVersion,
    request_id: result.requestId,
    held: result.command === undefined,
    reason: result.reason ?? '',
    position: result.command?.position ?? NaN,
  };
  return { type: 'derived', table: 'ml_predictions', row };
}

/** What a legacy service predicted is where it moved the window: its policy, if any, is its own (P-27). */
export function legacyPredictionRow(
  { deviceId, command }: CommandSeen,
  { requestId, timestampMs }: { readonly requestId: string; readonly timestampMs: EpochMs },
): TableRow {
  const row = {
    timestamp: timestampMs,
    device_id: deviceId,
    prediction: command.position,
    confidence: command.confidence,
    inference_time_ms: NaN,
    model_version: 'external',
    request_id: requestId,
    held: false,
    reason: '',
    position: command.position,
  };
  return { table: 'ml_predictions', row, key: exactKey(deviceId, timestampMs, requestId), identified: true };
}

/** The row may have come in another delivery too, stamped by us earlier or later. For rows whose id is theirs alone. */
export function soughtWidely(row: TableRow, nowMs: EpochMs): TableRow {
  const { key } = row;
  // The name of a device's event repeats, and the time of a device's own reading is the same each time.
  if (key === undefined || row.table === 'device_events') return row;
  if ('time_source' in row.row && row.row.time_source === 'device') return row;
  const { table, identified } = row;
  const wide = { ...key, fromMs: key.fromMs - LOOK_BACK_MS, toMs: Math.max(key.toMs, nowMs) };
  // Members by name: those of a ReadingRow are made, and would not be spread.
  return { table, row: row.row, identified, key: wide } as TableRow;
}

/** Names a row in the window. Ids of commands and requests come from others too (P-23), who may count them for each device anew. */
export function windowId({ table, key }: TableRow): string {
  const { deviceId, id } = key!;
  return table === 'window_actions' || table === 'ml_predictions' ? `${deviceId}/${id}` : id;
}

/** Names the dead letter of a row that was refused: ids alone repeat, a prediction has that of its reading. */
export function refusedId(refused: TableRow): string {
  const { table, row, key } = refused;
  if (table === 'device_registry') return `${table}:${row.device_id}:${row.last_seen}`;
  if (table === 'device_events') return `${table}:${row.device_id}:${row.timestamp}:${row.event}`;
  // As in the window: those of commands and requests repeat from device to device.
  return `${table}:${key === undefined ? '' : windowId(refused)}`;
}

/** When the row came or was made: the same when it is refused again, after a failure or a crash. */
export function refusedAtMs({ row }: TableRow): EpochMs {
  if ('received_at' in row) return row.received_at;
  return 'timestamp' in row ? row.timestamp : row.last_seen;
}

function exactKey(deviceId: string, timestampMs: number, id: string): RowKey {
  return { deviceId, fromMs: timestampMs, toMs: timestampMs, id };
}
