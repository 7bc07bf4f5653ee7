export { extractColumns } from './features/extract-columns.js';
export type { FrameFeature } from './features/frame-analysis.js';
export { frameFeatures, type FrameMatrix } from './features/frame-features.js';
export { DEFAULT_PARAMETERS, frameCount, type SpectralParameters } from './features/parameters.js';
export {
  FEATURE_GROUPS,
  featureRecipe,
  type FeatureGroup,
  type FeatureRecipe,
  type FeatureRecipeOptions,
} from './features/recipe.js';
export { librosaFeatures, type LibrosaFeaturesOptions } from './features/librosa-features.js';
export { recordingSamples } from './features/recording-samples.js';
