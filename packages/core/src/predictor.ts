import type { Component } from './component.js';

/** What a model wants in one place of its input vector. */
export interface ModelColumn {
  readonly name: string;
  /** A stand-in (its training mean) or no prediction at all. NaN never reaches the model. */
  readonly ifMissing: number | 'hold';
}

export interface Prediction {
  readonly value: number;
  /** 0..1; NaN when the model does not say. */
  readonly confidence: number;
  readonly inferenceMs: number;
  readonly modelVersion: string;
  readonly outputs: Readonly<Record<string, number>>;
}

export interface Predictor extends Component {
  readonly modelVersion: string;
  /** What the model wants, in its order. Known after `open`. */
  readonly columns: readonly ModelColumn[];
  /** Recipe of the audio features that it was trained on; absent when it does not say. Known after `open`. */
  readonly recipe?: string | undefined;
  /** `features` in the order of `columns`, all finite. The caller may reuse the array once the promise settles. Rejects with `E_MODEL`. */
  predict(features: Float32Array, signal?: AbortSignal): Promise<Prediction>;
}
