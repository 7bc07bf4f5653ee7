import type { Component } from './component.js';

/** What a model wants in one place of its input vector. */
export interface ModelColumn {
  readonly name: string;
  /** A stand-in (its training mean) or no prediction at all. NaN never reaches the model. */
  readonly ifMissing: number | 'hold';
  /** E.g. `°C`; for people. */
  readonly unit?: string;
  /** Least and greatest value that the model was trained on: beyond, it guesses. Both ends belong to it. */
  readonly range?: readonly [least: number, greatest: number];
}

export interface Prediction {
  readonly value: number;
  /** 0..1; NaN when the model does not say. Lower for inputs outside the ranges of their columns. */
  readonly confidence: number;
  readonly inferenceMs: number;
  readonly modelVersion: string;
  readonly outputs: Readonly<Record<string, number>>;
  /** Names of the columns whose value lay outside of their range; absent when none did. */
  readonly outOfRange?: readonly string[];
}

/** What a model asks of whoever feeds it. */
export interface ModelContract {
  readonly modelVersion: string;
  /** What the model wants, in its order. */
  readonly columns: readonly ModelColumn[];
  /** Recipe of the audio features that it was trained on; absent when it does not say. */
  readonly recipe?: string | undefined;
}

/** A model, or one after the other: its contract is known after `open`, and is a new one, with new `columns`, after a swap. */
export interface Predictor extends Component, ModelContract {
  /**
   * `features` in the order of `columns`, all finite, for the model that serves at the time of the call. The caller may reuse the array
   * once the promise settles. Rejects with `E_MODEL`; `E_TIMEOUT` when `signal` aborts; `E_OVERLOADED`; and `E_SUPERSEDED` when a later
   * call for the same `deviceId` came before this one was begun.
   */
  predict(features: Float32Array, signal?: AbortSignal, deviceId?: string): Promise<Prediction>;
  /** Absent: the model never changes. Called before `open`: `check` is asked before any model serves, and throws for one that it cannot feed. */
  acceptOnly?(check: (candidate: ModelContract) => void): void;
}
