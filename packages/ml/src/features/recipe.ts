import { createHash } from 'node:crypto';
import { LouverError } from '@louver/core';
import { rowsOf, type FrameFeature } from './frame-feature.js';
import { resolveParameters, type SpectralParameters } from './parameters.js';
import { resolvePreparation, type Preparation } from './preparation.js';

/** Groups of columns that can be chosen, in the order of their columns. */
export const FEATURE_GROUPS = [
  'mfcc',
  'spectral_centroid',
  'spectral_rolloff',
  'rms',
  'zero_crossing_rate',
  'mfcc_delta',
  'mfcc_delta2',
  'spectral_bandwidth',
  'spectral_flatness',
  'spectral_contrast',
  'chroma_stft',
] as const satisfies readonly FrameFeature[];

/** What the shipped model reads. */
export const DEFAULT_GROUPS = ['mfcc', 'spectral_centroid', 'spectral_rolloff', 'rms', 'zero_crossing_rate'] as const;

export type FeatureGroup = (typeof FEATURE_GROUPS)[number];

export interface FeatureRecipeOptions {
  /** Groups of columns wanted; default {@link DEFAULT_GROUPS}. Their order does not matter. */
  readonly features?: readonly FeatureGroup[] | undefined;
  readonly parameters?: Partial<SpectralParameters> | undefined;
  /** What is done to a recording first. Default nothing. */
  readonly preparation?: Preparation | undefined;
}

/** Which columns are made of a recording, and how: models and rows carry its hash. */
export interface FeatureRecipe {
  /** First 16 hex digits of the SHA-256 over columns, parameters and preparation: equal numbers come from equal recipes. */
  readonly id: string;
  readonly groups: readonly FeatureGroup[];
  /** Column names, e.g. `mfcc_mean_1`, `rms_std`. */
  readonly names: readonly string[];
  readonly parameters: SpectralParameters;
  /** Empty: recordings are analysed as they are. */
  readonly preparation: Preparation;
}

/** Throws `E_CONFIG` for an unknown or repeated group and for impossible parameters or preparation. */
export function featureRecipe(options: FeatureRecipeOptions = {}): FeatureRecipe {
  const chosen = options.features ?? DEFAULT_GROUPS;
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
  const preparation = resolvePreparation(options.preparation);
  const text = canonicalJson({
    columns: names,
    definition: 'librosa 0.11.0',
    parameters: counting(parameters, groups),
    // An empty one is left out: a recipe that prepares nothing is told apart by columns and parameters alone.
    ...(Object.keys(preparation).length > 0 && { preparation }),
  });
  return { id: createHash('sha256').update(text).digest('hex').slice(0, 16), groups, names, parameters, preparation };
}

/** Of as many rows as the parameters say: numbered also where that is one. */
const NUMBERED: ReadonlySet<FeatureGroup> = new Set<FeatureGroup>([
  'mfcc',
  'mfcc_delta',
  'mfcc_delta2',
  'spectral_contrast',
  'chroma_stft',
]);

/** Parameters that the columns depend on: one that is added later changes no recipe without its columns. */
function counting(parameters: SpectralParameters, groups: readonly FeatureGroup[]): Partial<SpectralParameters> {
  const { contrastFminHz, contrastBands, contrastQuantile, deltaWidth, ...always } = parameters;
  const hasDelta = groups.includes('mfcc_delta') || groups.includes('mfcc_delta2');
  return {
    ...always,
    ...(groups.includes('spectral_contrast') && { contrastFminHz, contrastBands, contrastQuantile }),
    ...(hasDelta && { deltaWidth }),
  };
}

function columnNames(group: FeatureGroup, parameters: SpectralParameters): string[] {
  if (!NUMBERED.has(group)) return [`${group}_mean`, `${group}_std`];
  const numbers = Array.from({ length: rowsOf(group, parameters) }, (_, i) => i + 1);
  return [...numbers.map((n) => `${group}_mean_${n}`), ...numbers.map((n) => `${group}_std_${n}`)];
}

/** JSON with sorted keys: the same recipe has the same hash wherever its members were written in another order. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}
