import { featureValue, type AudioRow, type StoredFeatures, type StoredRecording } from '@louver/core';

export function storedRecording(row: AudioRow): StoredRecording {
  return {
    timestampMs: row.timestamp,
    sampleRateHz: row.sample_rate,
    durationS: row.duration,
    format: row.format,
    audioHash: row.audio_hash,
    features: parsed(row.features),
  };
}

/** The numbers of a recording by the names of their columns. */
export function storedFeatures(row: AudioRow, columns: readonly string[]): StoredFeatures {
  const features = parsed(row.features);
  const recipe = typeof features === 'object' && features !== null && 'recipe' in features ? features.recipe : '';
  return {
    timestampMs: row.timestamp,
    audioHash: row.audio_hash,
    recipe: typeof recipe === 'string' ? recipe : '',
    values: Float64Array.from(columns, (column) => featureValue(features, column)),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
