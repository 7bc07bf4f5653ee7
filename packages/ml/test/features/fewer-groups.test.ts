import { expect, test } from 'vitest';
import { featureRecipe, librosaFeatures, type FeatureGroup } from '../../src/index.js';

const FIVE: readonly FeatureGroup[] = ['mfcc', 'spectral_centroid', 'spectral_rolloff', 'rms', 'zero_crossing_rate'];

test('an extractor with more groups covers the recipe of fewer, analysed in the same way', () => {
  const six = librosaFeatures({ features: [...FIVE, 'spectral_contrast'] });
  expect(six.covers?.(featureRecipe().id)).toBe(true);
  expect(six.covers?.(featureRecipe({ features: ['rms'] }).id)).toBe(true);
  expect(six.covers?.(six.recipe)).toBe(true);
  expect(six.covers?.(featureRecipe({ features: [...FIVE, 'chroma_stft'] }).id)).toBe(false);
  expect(six.covers?.(featureRecipe({ parameters: { nFft: 512 } }).id)).toBe(false);
  expect(six.covers?.(featureRecipe({ preparation: { removeDc: true } }).id)).toBe(false);
  expect(six.covers?.('0123456789abcdef')).toBe(false);
});

test('all of them are looked through', () => {
  const all = librosaFeatures({ features: [...FIVE, 'mfcc_delta', 'mfcc_delta2', 'spectral_bandwidth', 'spectral_flatness', 'spectral_contrast', 'chroma_stft'] }); // prettier-ignore
  expect(all.covers?.(featureRecipe({ features: ['chroma_stft'] }).id)).toBe(true);
  expect(all.covers?.(featureRecipe({ features: [...FIVE, 'mfcc_delta', 'spectral_flatness'] }).id)).toBe(true);
});
