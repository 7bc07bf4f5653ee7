import { createHash } from 'node:crypto';
import { decodeWav } from '@louver/core';
import { describe, expect, test } from 'vitest';
import {
  extractColumns,
  FEATURE_GROUPS,
  featureRecipe,
  FRAME_FEATURES,
  frameCount,
  frameFeatures,
  type SpectralParameters,
} from '../../src/index.js';
import { ChromaAnalysis } from '../../src/features/chroma-analysis.js';
import { ShortTimeSpectrum } from '../../src/features/short-time-spectrum.js';
import { filesOf, generatedEntries, outOfBounds, parametersOf, recordingEntries, recordingsFolder } from '../golden.js';
import type { GoldenEntry } from '../golden.js';

function tuningOf(samples: Float64Array, rateHz: number, parameters: SpectralParameters): number {
  const spectrum = new ShortTimeSpectrum(parameters);
  const chroma = new ChromaAnalysis(rateHz, parameters.nFft);
  chroma.begin();
  for (let frame = 0; frame < frameCount(samples.length, parameters); frame++) {
    spectrum.transform(samples, frame * parameters.hopLength - (parameters.center ? parameters.nFft / 2 : 0));
    chroma.look(spectrum.power);
  }
  return chroma.tune();
}

function check(entry: GoldenEntry): void {
  const { wav, golden } = filesOf(entry);
  const samples = decodeWav(wav);
  const rateHz = golden.wav_format.sample_rate;
  expect(createHash('sha256').update(new Uint8Array(samples.buffer)).digest('hex')).toBe(
    golden.decoded.sha256_mono_float64_le,
  );
  for (const name of entry.sets) {
    const set = golden.sets[name]!;
    const parameters = parametersOf(set.params);
    const wanted = FRAME_FEATURES.filter((feature) => set.features[feature]);
    expect(wanted).toHaveLength(Object.keys(set.features).length);
    const matrices = frameFeatures(samples, rateHz, wanted, parameters);
    // Where rounding decides the tuning, so it does in librosa itself: in float32 it finds another one.
    const unsure = wanted.filter(
      (feature) => feature === 'chroma_stft' && tuningOf(samples, rateHz, parameters) !== set.tuning,
    );
    for (const feature of unsure) expect(set.features[feature]!.float32_max_abs_diff, entry.id).toBeGreaterThan(1e-3);
    const sure = wanted.filter((feature) => !unsure.includes(feature));
    for (const feature of sure) {
      expect(outOfBounds(feature, matrices[feature], set.features[feature]!, set, rateHz), `${entry.id} ${name}`).toBe(
        '',
      );
    }
    const features = FEATURE_GROUPS.filter((group) => sure.includes(group));
    const recipe = featureRecipe({ features, parameters });
    const { values } = extractColumns(samples, rateHz, recipe);
    const expected = recipe.groups.flatMap((feature) => [
      ...set.features[feature]!.mean,
      ...set.features[feature]!.std,
    ]);
    expect(values.length).toBe(expected.length);
    const ties = set.rolloff_near_tie_frames.length > 0 ? rateHz / set.params.n_fft : 0;
    values.forEach((value, i) => {
      const bound = recipe.names[i]!.startsWith('spectral_rolloff') ? ties : 0;
      expect(Math.abs(value - expected[i]!), recipe.names[i]).toBeLessThanOrEqual(
        bound + 1e-6 + 1e-6 * Math.abs(expected[i]!),
      );
    });
  }
}

describe('librosa 0.11.0 gives the same numbers', () => {
  test.each(generatedEntries)('$id in $sets', check);
});

const skip = recordingsFolder === undefined;
const why = skip ? ' (skipped: LOUVER_GOLDEN_RECORDINGS does not name their folder)' : '';

describe(`librosa 0.11.0 gives the same numbers for real recordings${why}`, () => {
  test.skipIf(skip).each(recordingEntries)('$id in $sets', check);
});
