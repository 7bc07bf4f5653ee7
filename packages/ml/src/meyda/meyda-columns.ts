import type { ExtractedFeatures } from '@louver/core';
import { checkFrames } from '../features/check-frames.js';
import { checkSamples } from '../features/check-samples.js';
import { checkColumns, summarise } from '../features/columns.js';
import { prepared } from '../features/preparation.js';
import { recentlyUsed } from '../features/recently-used.js';
import { FrameNumbers } from './frame-numbers.js';
import { countsSilence, vectorLength } from './meyda-feature.js';
import type { MeydaRecipe } from './meyda-recipe.js';
import { extractorOf, numbersOf, ownMeyda, type Meyda } from './own-meyda.js';

/** Sample rates whose filter banks are kept: recordings choose them, and those of the longest frames take 17 MB. */
const MAX_RATES = 4;

const meydaOf = recentlyUsed<Meyda>(MAX_RATES);

/**
 * One recording to the recipe's columns: mean and population standard deviation over the frames that have a finite number; both are 0
 * when none has. `samples` is mono, -1 … 1; less than one frame is padded with zeros, what is left behind the last whole frame is left
 * out. Synchronous. Throws `E_FEATURES`; every value returned is finite.
 */
export function meydaColumns(samples: Float64Array, sampleRateHz: number, recipe: MeydaRecipe): ExtractedFeatures {
  checkSamples(samples, sampleRateHz);
  const { features, parameters, names } = recipe;
  const { bufferSize, hopSize } = parameters;
  const ready = prepared(samples, sampleRateHz, recipe.preparation);
  const frames = 1 + Math.floor(Math.max(0, ready.samples.length - bufferSize) / hopSize);
  checkFrames(ready.samples.length, frames, 'hopSize');
  // Single precision as in a browser; 24 bits fit into it.
  const sound = new Float32Array(Math.max(bufferSize, ready.samples.length));
  sound.set(ready.samples);

  const key = `${ready.sampleRateHz} ${JSON.stringify(parameters)}`;
  const meyda = meydaOf(key, () => ownMeyda(ready.sampleRateHz, parameters));
  const extractors = [...new Set(['amplitudeSpectrum', ...features.map(extractorOf)])];
  const numbers = features.map((feature) => new FrameNumbers(vectorLength(feature, parameters) ?? 1, frames));
  for (let frame = 0; frame < frames; frame++) {
    const start = frame * hopSize;
    const answer = meyda.extract(extractors, sound.subarray(start, start + bufferSize));
    const isSound = hasSpectrum(answer['amplitudeSpectrum'] as Float32Array);
    features.forEach((feature, place) => {
      if (isSound || countsSilence(feature)) numbers[place]!.add(numbersOf(answer, feature));
    });
  }

  const values = new Float64Array(names.length);
  let at = 0;
  for (const one of numbers) {
    for (let row = 0; row < one.rows; row++) summarise(one.row(row), values, at + row, at + one.rows + row);
    at += 2 * one.rows;
  }
  checkColumns(values, names);
  return { values, extras: {} };
}

/** Without a spectrum, or with one beyond single precision, most numbers of its shape are NaN, and Meyda's roll-off lies above half the rate. */
function hasSpectrum(amplitudes: Float32Array): boolean {
  let total = 0;
  for (let bin = 0; bin < amplitudes.length; bin++) total += amplitudes[bin]!;
  return total > 0 && total < Infinity;
}
