import type { FeatureExtractor } from '@louver/core';
import { WorkerFeatures } from '../features/worker-features.js';
import { meydaRecipe, type MeydaRecipeOptions } from './meyda-recipe.js';

export interface MeydaFeaturesOptions extends MeydaRecipeOptions {
  /** Recordings waiting or being analysed at most, from 1; one more is refused with `E_OVERLOADED`. Default 64. */
  readonly queueLimit?: number | undefined;
}

/**
 * Audio features as Meyda computes them, in a worker thread, each as mean and standard deviation over the frames that have a number: their
 * columns begin with `meyda_` and hold other numbers than librosa's. Every recording is analysed at its own sample rate unless
 * `preparation` names one; `extras` is empty. Throws `E_CONFIG` for impossible options; `open` rejects with `E_FEATURES` when the thread
 * cannot start.
 */
export function meydaFeatures(options: MeydaFeaturesOptions = {}): FeatureExtractor {
  const { queueLimit, ...workerData } = options;
  const { names, id } = meydaRecipe(workerData);
  return new WorkerFeatures({
    name: 'meyda-features',
    maker: 'meydaFeatures',
    names,
    recipe: id,
    worker: 'meyda-worker',
    workerData,
    queueLimit,
  });
}
