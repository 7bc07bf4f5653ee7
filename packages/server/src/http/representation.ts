import {
  featureValue,
  type DeviceRow,
  type HistoryBucket,
  type LatestValue,
  type StoredReading,
  type StoredRecording,
  type WindowActionRow,
} from '@louver/core';

// Unknown numbers are NaN in rows and become null: JSON has no NaN, and JSON.stringify writes it so.

/** RFC 3339 in UTC with milliseconds; null for what is no date. */
export function isoTime(ms: number): string | null {
  // Beyond ±8.64e15 ms a Date is invalid and toISOString throws.
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : null;
}

/** A row of `device_registry`. */
export function deviceJson(row: DeviceRow): object {
  return {
    ...row,
    location: structured(row.location),
    registered_at: isoTime(row.registered_at),
    last_seen: isoTime(row.last_seen),
    config: structured(row.config),
    metadata: structured(row.metadata),
    deleted_at: row.deleted_at === 0 ? null : isoTime(row.deleted_at),
  };
}

export function readingJson({ timestampMs, value, timeSource }: StoredReading): object {
  return { timestamp: isoTime(timestampMs), value, time_source: timeSource };
}

/** Readings of an interval. */
export function bucketJson({ timestampMs, value, count }: HistoryBucket): object {
  return { timestamp: isoTime(timestampMs), value, count };
}

/** The audio features of a recording as members of their own; null where it has no such column. */
export function recordingColumnsJson(row: StoredRecording, columns: readonly string[]): object {
  // NaN becomes null.
  const named = Object.fromEntries(columns.map((column) => [column, featureValue(row.features, column)]));
  return { timestamp: isoTime(row.timestampMs), audio_hash: row.audioHash, ...named };
}

/** A row of `sensor_audio`. */
export function recordingJson(row: StoredRecording): object {
  return {
    timestamp: isoTime(row.timestampMs),
    sample_rate: row.sampleRateHz,
    duration: row.durationS,
    format: row.format,
    audio_hash: row.audioHash,
    features: row.features,
  };
}

export function latestJson({ quantity, timestampMs, value }: LatestValue): object {
  return { sensor: quantity, timestamp: isoTime(timestampMs), value };
}

/** A row of `window_actions`. */
export function commandJson(row: WindowActionRow): object {
  return { ...row, timestamp: isoTime(row.timestamp) };
}

/** Text columns hold JSON when an object was registered, and plain text (`5`, `Kitchen`) otherwise. */
function structured(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
