export { DEFAULT_MEYDA_FEATURES, MEYDA_FEATURES, type MeydaFeature } from './meyda-feature.js';
export { meydaFeatures, type MeydaFeaturesOptions } from './meyda-features.js';
export type { MeydaParameters } from './meyda-parameters.js';
export type { MeydaRecipeOptions } from './meyda-recipe.js';
