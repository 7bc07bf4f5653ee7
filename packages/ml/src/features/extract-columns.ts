import { LouverError, type ExtractedFeatures } from '@louver/core';
import { checkSamples } from './check-samples.js';
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
    summarise(plan.results.get(group)!, rows, plan.frames, values, at);
    at += 2 * rows;
  }
  const extras = { mel_db_mean: plan.pictureMeans() };
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new LouverError('E_FEATURES', `column ${recipe.names[bad]} is ${values[bad]}, expected a finite number`);
  }
  return { values, extras };
}

/** Means of all rows, then their standard deviations (divided by the number of frames, as numpy's std). */
function summarise(matrix: Float64Array, rows: number, frames: number, out: Float64Array, at: number): void {
  for (let row = 0; row < rows; row++) {
    const from = row * frames;
    let sum = 0;
    for (let i = 0; i < frames; i++) sum += matrix[from + i]!;
    const mean = sum / frames;
    let squares = 0;
    for (let i = 0; i < frames; i++) {
      const difference = matrix[from + i]! - mean;
      squares += difference * difference;
    }
    out[at + row] = mean;
    out[at + rows + row] = Math.sqrt(squares / frames);
  }
}
