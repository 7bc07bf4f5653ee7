import { createHash } from 'node:crypto';
import { decodeWav } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { extractColumns, featureRecipe, frameFeatures, type FrameFeature } from '../../src/index.js';
import { filesOf, generatedEntries, outOfBounds, parametersOf, recordingEntries, recordingsFolder } from '../golden.js';
import type { GoldenEntry } from '../golden.js';

const FEATURES = ['mfcc', 'spectral_centroid', 'spectral_rolloff', 'rms', 'zero_crossing_rate'] as const;
const FURTHER = ['melspectrogram', 'mel_db'] as const;

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
    const wanted: FrameFeature[] = [...FEATURES, ...FURTHER.filter((feature) => set.features[feature])];
    const matrices = frameFeatures(samples, rateHz, wanted, parameters);
    for (const feature of wanted) {
      expect(outOfBounds(feature, matrices[feature], set.features[feature]!, set, rateHz), `${entry.id} ${name}`).toBe(
        '',
      );
    }
    const recipe = featureRecipe({ parameters });
    const { values } = extractColumns(samples, rateHz, recipe);
    const expected = FEATURES.flatMap((feature) => [...set.features[feature]!.mean, ...set.features[feature]!.std]);
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
