import type { ExtractedFeatures, Recording } from '@louver/core';

/** One recording to analyse. */
export interface FeatureTask extends Pick<Recording, 'bytes' | 'format' | 'sampleRateHz'> {
  readonly id: number;
}

/** `ready` once, then one answer for each task, in order. */
export type FeatureAnswer =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'features'; readonly id: number } & ExtractedFeatures)
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
