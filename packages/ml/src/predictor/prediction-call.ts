import { LouverError, type Prediction } from '@louver/core';
import type { Outcome } from './failure-window.js';
import type { Generation } from './generation.js';
import type { PoolCall } from './model-pool.js';

/** Whom a call tells what became of it. */
export interface CallDesk {
  /** Has the call answered by another model, or rejects it. */
  onFailure(call: PredictionCall, outcome: Exclude<Outcome, 'good'>, error: LouverError): void;
  onAbort(call: PredictionCall): void;
  onSuperseded(): void;
}

let calls = 0;

/** One `predict`, from the caller to an answer. */
export class PredictionCall implements PoolCall {
  isSettled = false;
  /** Whether another model has failed at it already. */
  isSecondTry = false;
  readonly sequence = ++calls;
  readonly askedAtMs = performance.now();

  constructor(
    readonly features: Float32Array,
    readonly signal: AbortSignal | undefined,
    readonly deviceId: string | undefined,
    /** The model that is to answer. */
    public generation: Generation,
    private readonly desk: CallDesk,
    private readonly resolvePromise: (prediction: Prediction) => void,
    private readonly rejectPromise: (error: LouverError) => void,
  ) {
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  answer(outputs: Float32Array, at: number, inferenceMs: number): void {
    if (this.isSettled) return;
    const prediction = this.generation.predictionOf(this.features, outputs, at, inferenceMs);
    if (LouverError.is(prediction)) return this.desk.onFailure(this, 'not-finite', prediction);
    this.#settle();
    this.generation.count('good');
    this.resolvePromise(prediction);
  }

  fail(error: LouverError): void {
    if (!this.isSettled) this.desk.onFailure(this, 'error', error);
  }

  supersede(): void {
    this.desk.onSuperseded();
    this.reject(new LouverError('E_SUPERSEDED', `a newer prediction for ${this.deviceId} took this one's place`));
  }

  reject(error: LouverError): void {
    if (this.isSettled) return;
    this.#settle();
    this.rejectPromise(error);
  }

  readonly #onAbort = (): void => {
    this.reject(givenUp());
    this.desk.onAbort(this);
  };

  #settle(): void {
    this.isSettled = true;
    this.signal?.removeEventListener('abort', this.#onAbort);
  }
}

export function givenUp(): LouverError {
  return new LouverError('E_TIMEOUT', 'the prediction was given up before it was made: the signal aborted');
}
