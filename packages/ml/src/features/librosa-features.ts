import type { FeatureExtractor } from '@louver/core';
import { isOfFewerGroups } from './fewer-groups.js';
import { featureRecipe, type FeatureRecipeOptions } from './recipe.js';
import { WorkerFeatures } from './worker-features.js';

export interface LibrosaFeaturesOptions extends FeatureRecipeOptions {
  /** Recordings waiting or being analysed at most, from 1; one more is refused with `E_OVERLOADED`. Default 64. */
  readonly queueLimit?: number | undefined;
}

/**
 * Audio features as librosa 0.11.0 computes them, in a worker thread: MFCC, spectral centroid and roll-off, RMS, zero-crossing rate,
 * each as mean and standard deviation over the frames; `extras.mel_db_mean` holds 40 mel bands in decibels. Every recording is analysed
 * at its own sample rate unless `preparation` names one. Throws `E_CONFIG` for impossible options; `open` rejects with `E_FEATURES` when the thread cannot start.
 */
export function librosaFeatures(options: LibrosaFeaturesOptions = {}): FeatureExtractor {
  const { features, parameters, preparation, queueLimit } = options;
  const workerData: FeatureRecipeOptions = { features, parameters, preparation };
  const { names, id } = featureRecipe(workerData);
  return new WorkerFeatures({
    name: 'librosa-features',
    maker: 'librosaFeatures',
    names,
    recipe: id,
    covers: (recipe) => isOfFewerGroups(recipe, workerData),
    worker: 'features-worker',
    workerData,
    queueLimit,
  });
}
