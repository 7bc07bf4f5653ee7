import { chosenFeatures, columnNames } from './columns.js';
import { rowsOf, type FrameFeature } from './frame-feature.js';
import { resolveParameters, type SpectralParameters } from './parameters.js';
import { resolvePreparation, type Preparation } from './preparation.js';
import { recipeId } from './recipe-id.js';

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
  const groups = chosenFeatures('audio features', FEATURE_GROUPS, options.features ?? DEFAULT_GROUPS);
  const parameters = resolveParameters(options.parameters);
  const names = groups.flatMap((group) =>
    columnNames(group, NUMBERED.has(group) ? rowsOf(group, parameters) : undefined),
  );
  const preparation = resolvePreparation(options.preparation);
  const id = recipeId({
    columns: names,
    definition: 'librosa 0.11.0',
    parameters: counting(parameters, groups),
    // An empty one is left out: a recipe that prepares nothing is told apart by columns and parameters alone.
    ...(Object.keys(preparation).length > 0 && { preparation }),
  });
  return { id, groups, names, parameters, preparation };
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
