import type { FeatureQuery, StoredFeatures } from '@louver/core';
import type { Statement } from './statement.js';
import { numberOf, textOf, type ReadRow } from './rows.js';
import { clampTime, MAX_TIME_MS, MIN_TIME_MS } from './times.js';

/** Columns are picked by the database: the JSON of a recording has a hundred numbers, and a question wants a few. */
export function featuresStatement(database: string, { deviceId, fromMs, toMs, columns }: FeatureQuery): Statement {
  const places = columns.map((column) => {
    const band = /^mel_db_mean_(\d{1,4})$/.exec(column)?.[1];
    return band === undefined ? { group: 'values', place: column } : { group: 'mel_db_mean', place: Number(band) };
  });
  const selected = places.map(({ group, place }, i) => {
    const type = typeof place === 'number' ? 'UInt32' : 'String';
    return `JSONExtract(r.features, '${group}', {place_${i}:${type}}, 'Nullable(Float64)')`;
  });
  const sql =
    'SELECT toUnixTimestamp64Milli(r.timestamp) AS ms, r.audio_hash AS audio_hash, ' +
    "JSONExtractString(r.features, 'recipe') AS recipe, " +
    `[${selected.join(', ')}] AS columns FROM ${database}.sensor_audio AS r WHERE r.device_id = {device:String} ` +
    'AND r.timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND r.timestamp <= fromUnixTimestamp64Milli({to:Int64}) ' +
    'ORDER BY r.timestamp, r.received_at, r.message_id';
  const params = {
    device: deviceId,
    from: clampTime(Math.ceil(fromMs ?? MIN_TIME_MS)),
    to: clampTime(Math.floor(toMs ?? MAX_TIME_MS)),
    ...Object.fromEntries(places.map(({ place }, i) => [`place_${i}`, place])),
  };
  return { sql, params };
}

export function featuresOf(row: ReadRow, columns: number): StoredFeatures {
  const found = row['columns'];
  const values = new Float64Array(columns).fill(NaN);
  if (Array.isArray(found)) found.forEach((value: unknown, i) => (values[i] = numberIn(value)));
  return {
    timestampMs: numberOf(row, 'ms'),
    audioHash: textOf(row, 'audio_hash'),
    recipe: textOf(row, 'recipe'),
    values,
  };
}

function numberIn(value: unknown): number {
  return numberOf({ value }, 'value');
}
