import type { ExtractedFeatures } from '@louver/core';
import { checkSamples } from './check-samples.js';
import { checkColumns, summarise } from './columns.js';
import { rowsOf, type FrameFeature } from './frame-feature.js';
import { frameAnalysis } from './plans.js';
import { prepared } from './preparation.js';
import type { FeatureRecipe } from './recipe.js';

const wantedSets = new WeakMap<FeatureRecipe, ReadonlySet<FrameFeature>>();

function wantedBy(recipe: FeatureRecipe): ReadonlySet<FrameFeature> {
  let wanted = wantedSets.get(recipe);
  if (!wanted) wantedSets.set(recipe, (wanted = new Set<FrameFeature>(recipe.groups)));
  return wanted;
}

/**
 * One recording to the recipe's columns: mean and population standard deviation over all frames; `extras.mel_db_mean` are the mean
 * decibels of 40 Slaney mel bands. `samples` is mono, -1 … 1, analysed at its own rate unless the recipe names one. Synchronous: about 1 ms per second of sound.
 * Throws `E_FEATURES`; every value returned is finite.
 */
export function extractColumns(samples: Float64Array, sampleRateHz: number, recipe: FeatureRecipe): ExtractedFeatures {
  checkSamples(samples, sampleRateHz);
  const ready = prepared(samples, sampleRateHz, recipe.preparation);
  const plan = frameAnalysis(recipe.parameters, ready.sampleRateHz);
  plan.run(ready.samples, wantedBy(recipe), true);
  const values = new Float64Array(recipe.names.length);
  let at = 0;
  for (const group of recipe.groups) {
    const rows = rowsOf(group, plan.parameters);
    const matrix = plan.results.get(group)!;
    for (let row = 0; row < rows; row++) {
      summarise(matrix.subarray(row * plan.frames, (row + 1) * plan.frames), values, at + row, at + rows + row);
    }
    at += 2 * rows;
  }
  const extras = { mel_db_mean: plan.pictureMeans() };
  checkColumns(values, recipe.names);
  return { values, extras };
}
