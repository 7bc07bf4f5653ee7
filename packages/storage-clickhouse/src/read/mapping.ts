import type {
  DeadLetterRow,
  DeviceRow,
  LatestValue,
  PredictionRow,
  StoredReading,
  StoredRecording,
  WindowActionRow,
} from '@louver/core';
import { boolOf, numberOf, textOf, type ReadRow } from './rows.js';

export function deviceOf(row: ReadRow): DeviceRow {
  return {
    device_id: textOf(row, 'device'),
    name: textOf(row, 'name'),
    location: textOf(row, 'location'),
    registered_at: numberOf(row, 'registered'),
    last_seen: numberOf(row, 'seen'),
    is_active: boolOf(row, 'is_active'),
    config: textOf(row, 'config'),
    device_type: textOf(row, 'device_type'),
    metadata: textOf(row, 'metadata'),
    deleted_at: numberOf(row, 'deleted'),
  };
}

export function latestOf(row: ReadRow): LatestValue {
  return {
    deviceId: textOf(row, 'device'),
    quantity: textOf(row, 'quantity'),
    timestampMs: numberOf(row, 'ms'),
    value: numberOf(row, 'latest'),
  };
}

export function readingOf(row: ReadRow): StoredReading {
  return { timestampMs: numberOf(row, 'ms'), value: numberOf(row, 'value'), timeSource: textOf(row, 'time_source') };
}

export function recordingOf(row: ReadRow): StoredRecording {
  return {
    timestampMs: numberOf(row, 'ms'),
    sampleRateHz: numberOf(row, 'sample_rate'),
    durationS: numberOf(row, 'duration'),
    format: textOf(row, 'format'),
    audioHash: textOf(row, 'audio_hash'),
    features: parsed(textOf(row, 'features')),
  };
}

export function actionOf(row: ReadRow): WindowActionRow {
  return {
    timestamp: numberOf(row, 'ms'),
    device_id: textOf(row, 'device'),
    position: numberOf(row, 'position'),
    confidence: numberOf(row, 'confidence'),
    temperature: numberOf(row, 'temperature'),
    humidity: numberOf(row, 'humidity'),
    audio_hash: textOf(row, 'audio_hash'),
    command_id: textOf(row, 'command_id'),
    request_id: textOf(row, 'request_id'),
    source: textOf(row, 'source'),
    model_version: textOf(row, 'model_version'),
  };
}

export function deadLetterOf(row: ReadRow): DeadLetterRow {
  return {
    received_at: numberOf(row, 'ms'),
    topic: textOf(row, 'topic'),
    device_id: textOf(row, 'device'),
    code: textOf(row, 'code'),
    detail: textOf(row, 'detail'),
    payload: textOf(row, 'content'),
    message_id: textOf(row, 'message_id'),
  };
}

export function predictionOf(row: ReadRow): PredictionRow {
  return {
    timestamp: numberOf(row, 'ms'),
    device_id: textOf(row, 'device'),
    prediction: numberOf(row, 'prediction'),
    confidence: numberOf(row, 'confidence'),
    inference_time_ms: numberOf(row, 'inference_time_ms'),
    model_version: textOf(row, 'model_version'),
    request_id: textOf(row, 'request_id'),
    held: boolOf(row, 'held'),
    reason: textOf(row, 'reason'),
    position: numberOf(row, 'position'),
  };
}

/** Somebody else's row may hold anything: what is not JSON comes back as the text itself. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}
