import { createHash } from 'node:crypto';
import { LouverError } from '@louver/core';
import { resolveParameters, type SpectralParameters } from './parameters.js';

/** Groups of columns that can be chosen, in the order of their columns. */
export const FEATURE_GROUPS = ['mfcc', 'spectral_centroid', 'spectral_rolloff', 'rms', 'zero_crossing_rate'] as const;

export type FeatureGroup = (typeof FEATURE_GROUPS)[number];

export interface FeatureRecipeOptions {
  /** Groups of columns wanted; default all five. Their order does not matter. */
  readonly features?: readonly FeatureGroup[] | undefined;
  readonly parameters?: Partial<SpectralParameters> | undefined;
}

/** Which columns are made of a recording, and how: models and rows carry its hash. */
export interface FeatureRecipe {
  /** First 16 hex digits of the SHA-256 over columns and parameters: equal numbers come from equal recipes. */
  readonly id: string;
  readonly groups: readonly FeatureGroup[];
  /** Column names, e.g. `mfcc_mean_1`, `rms_std`. */
  readonly names: readonly string[];
  readonly parameters: SpectralParameters;
}

/** Throws `E_CONFIG` for an unknown or repeated group and for impossible parameters. */
export function featureRecipe(options: FeatureRecipeOptions = {}): FeatureRecipe {
  const chosen = options.features ?? FEATURE_GROUPS;
  const unknown = chosen.filter((group) => !FEATURE_GROUPS.includes(group));
  if (unknown.length > 0 || chosen.length === 0 || new Set(chosen).size < chosen.length) {
    const found = chosen.length === 0 ? 'an empty list' : chosen.join(', ');
    throw new LouverError(
      'E_CONFIG',
      `audio features: found ${found}, expected some of ${FEATURE_GROUPS.join(', ')}, each once`,
    );
  }
  const parameters = resolveParameters(options.parameters);
  const groups = FEATURE_GROUPS.filter((group) => chosen.includes(group));
  const names = groups.flatMap((group) => columnNames(group, parameters));
  const text = canonicalJson({ columns: names, definition: 'librosa 0.11.0', parameters });
  return { id: createHash('sha256').update(text).digest('hex').slice(0, 16), groups, names, parameters };
}

function columnNames(group: FeatureGroup, { nMfcc }: SpectralParameters): string[] {
  if (group !== 'mfcc') return [`${group}_mean`, `${group}_std`];
  const numbers = Array.from({ length: nMfcc }, (_, i) => i + 1);
  return [...numbers.map((n) => `mfcc_mean_${n}`), ...numbers.map((n) => `mfcc_std_${n}`)];
}

/** JSON with sorted keys: the same recipe has the same hash wherever its members were written in another order. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}
