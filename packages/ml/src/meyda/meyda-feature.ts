import type { MeydaParameters } from './meyda-parameters.js';

/**
 * What can be chosen, in the order of the columns: extractors of Meyda that give one number or a vector of fixed length per frame. Left out
 * are those of 5.6.3 whose numbers mean nothing: `spectralFlux` throws, `spectralKurtosis` takes µ₁µ₂ where its formula has µ₁²µ₂, and
 * `perceptualSharpness` adds constants for nine bands whatever is in them, so that it grows without bound as sound gets quieter.
 */
export const MEYDA_FEATURES = [
  'mfcc',
  'spectralCentroid',
  'spectralRolloff',
  'rms',
  'zcr',
  'energy',
  'spectralSpread',
  'spectralSkewness',
  'spectralSlope',
  'spectralFlatness',
  'spectralCrest',
  'loudness.total',
  'loudness.specific',
  'perceptualSpread',
  'melBands',
  'chroma',
] as const;

export type MeydaFeature = (typeof MEYDA_FEATURES)[number];

/** The counterparts, by name alone, of what `librosaFeatures` makes by default. */
export const DEFAULT_MEYDA_FEATURES = [
  'mfcc',
  'spectralCentroid',
  'spectralRolloff',
  'rms',
  'zcr',
] as const satisfies readonly MeydaFeature[];

/** Meyda's defaults. */
export const CHROMA_BANDS = 12;
export const BARK_BANDS = 24;

/** They say how a frame's spectrum is shaped: a frame without sound has no shape, whatever Meyda says of it. */
const OF_THE_SHAPE: ReadonlySet<MeydaFeature> = new Set<MeydaFeature>([
  'spectralCentroid',
  'spectralRolloff',
  'spectralSpread',
  'spectralSkewness',
  'spectralSlope',
  'spectralFlatness',
  'spectralCrest',
  'perceptualSpread',
]);

/** Whether a frame without sound counts for it. */
export const countsSilence = (feature: MeydaFeature): boolean => !OF_THE_SHAPE.has(feature);

/** Numbers per frame of a feature that is a vector; `undefined` for a single number. */
export function vectorLength(feature: MeydaFeature, parameters: MeydaParameters): number | undefined {
  switch (feature) {
    case 'mfcc':
      return parameters.numberOfMFCCCoefficients;
    case 'melBands':
      return parameters.melBands;
    case 'chroma':
      return CHROMA_BANDS;
    case 'loudness.specific':
      return BARK_BANDS;
    default:
      return undefined;
  }
}

/** First part of a feature's columns: never one of librosa's names. */
export const columnGroup = (feature: MeydaFeature): string =>
  `meyda_${feature.replace('.', '_').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
