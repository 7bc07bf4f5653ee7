import { LouverError } from '../errors.js';
import type { FeatureExtractor } from '../feature-extractor.js';
import type { InferenceRequest } from '../inference-engine.js';
import type { ModelColumn } from '../predictor.js';

/** Where a model's input vector comes from, column by column. */
export interface ModelInput {
  /** Groups of the audio columns that the model uses (P-26): a column's name without its trailing index. */
  readonly audioGroups: readonly string[];
  /** Fills `vector` in the model's order; returns the first column that is missing and must not be, else `undefined`. */
  fill(vector: Float32Array, request: InferenceRequest, audio: Float64Array | undefined): string | undefined;
}

/**
 * Puts scalars and audio columns together by name in the order that the model wants.
 * @throws LouverError `E_MODEL` naming every column that the model wants and nobody provides.
 */
export function modelInput(
  columns: readonly ModelColumn[],
  scalars: readonly string[],
  features: FeatureExtractor | undefined,
): ModelInput {
  const audioPlaces = new Map((features?.names ?? []).map((name, place) => [name, place]));
  const unknown = columns.filter(({ name }) => !audioPlaces.has(name) && !scalars.includes(name));
  if (unknown.length > 0) {
    const provided =
      features === undefined ? 'no audio features' : `audio features ${groupsOf(features.names).join(', ')}`;
    throw new LouverError(
      'E_MODEL',
      `the model wants ${unknown.length} columns that nobody provides: ${unknown.map(({ name }) => name).join(', ')}; ` +
        `provided are ${scalars.join(', ')} and ${provided}. Add the features (audio.features) or use another model`,
    );
  }
  const places = columns.map(({ name }) => audioPlaces.get(name));
  return {
    audioGroups: groupsOf(columns.map(({ name }) => name).filter((name) => audioPlaces.has(name))),
    fill(vector, request, audio) {
      for (let i = 0; i < columns.length; i++) {
        const column = columns[i]!;
        const place = places[i];
        const value = place === undefined ? request.scalars[column.name] : audio?.[place];
        if (value !== undefined && Number.isFinite(value)) vector[i] = value;
        else if (column.ifMissing === 'hold') return column.name;
        else vector[i] = column.ifMissing;
      }
      return undefined;
    },
  };
}

function groupsOf(names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => name.replace(/_\d+$/, '')))];
}
