import { createRequire } from 'node:module';
import { chosenFeatures, columnNames } from '../features/columns.js';
import { resolvePreparation, type Preparation } from '../features/preparation.js';
import { recipeId } from '../features/recipe-id.js';
import {
  columnGroup,
  DEFAULT_MEYDA_FEATURES,
  MEYDA_FEATURES,
  vectorLength,
  type MeydaFeature,
} from './meyda-feature.js';
import { resolveMeydaParameters, type GivenMeydaParameters, type MeydaParameters } from './meyda-parameters.js';

export interface MeydaRecipeOptions extends GivenMeydaParameters {
  /** Features wanted; default {@link DEFAULT_MEYDA_FEATURES}. Their order does not matter. */
  readonly features?: readonly MeydaFeature[] | undefined;
  /** What is done to a recording first. Default nothing. */
  readonly preparation?: Preparation | undefined;
}

/** Which columns are made of a recording, and how. */
export interface MeydaRecipe {
  /** Hash over columns, parameters, preparation and the release of Meyda. */
  readonly id: string;
  readonly features: readonly MeydaFeature[];
  readonly names: readonly string[];
  readonly parameters: MeydaParameters;
  readonly preparation: Preparation;
}

/** Throws `E_CONFIG` for an unknown or repeated feature and for impossible parameters or preparation. */
export function meydaRecipe(options: MeydaRecipeOptions = {}): MeydaRecipe {
  const { features: chosen = DEFAULT_MEYDA_FEATURES, preparation: steps, ...given } = options;
  const features = chosenFeatures('meydaFeatures', MEYDA_FEATURES, chosen);
  const parameters = resolveMeydaParameters(given);
  const names = features.flatMap((feature) => columnNames(columnGroup(feature), vectorLength(feature, parameters)));
  const preparation = resolvePreparation(steps);
  const { version } = createRequire(import.meta.url)('meyda/package.json') as { readonly version: string };
  const id = recipeId({
    columns: names,
    definition: `Meyda ${version}`,
    parameters: counting(parameters, features),
    preparation,
  });
  return { id, features, names, parameters, preparation };
}

/** Parameters that the columns depend on. */
function counting(parameters: MeydaParameters, features: readonly MeydaFeature[]): Partial<MeydaParameters> {
  const { bufferSize, hopSize, melBands } = parameters;
  // The number of coefficients stands in the columns already.
  return { bufferSize, hopSize, ...((features.includes('mfcc') || features.includes('melBands')) && { melBands }) };
}
