import type { Context, EpochMs, LouverError, ModelColumn, ModelContract, Prediction } from '@louver/core';
import { modelError } from '../onnx/model-file.js';
import { outputNamesOf } from '../onnx/manifest-outputs.js';
import { confidenceOf } from './confidence.js';
import { FailureWindow, type Outcome } from './failure-window.js';
import type { ModelPool } from './model-pool.js';
import type { ModelState, ModelVersion } from './model-version.js';
import type { PredictionCall } from './prediction-call.js';
import type { PredictorSettings } from './predictor-options.js';
import { RangeGuard } from './range-guard.js';

/** One model while it may answer: its workers, what it asks for, and how it does. */
export class Generation implements ModelContract {
  readonly modelVersion: string;
  readonly pool: ModelPool<PredictionCall>;
  readonly columns: readonly ModelColumn[];
  readonly recipe: string | undefined;
  readonly #guard: RangeGuard;
  readonly #outcomes: FailureWindow;
  readonly #outputNames: readonly string[];
  readonly #context: Context;
  /** Made once: labels are part of every count. */
  readonly #labels: Readonly<Record<string, string>>;
  #lastError: LouverError | undefined;
  #state: ModelState = 'standby';
  #sinceMs: EpochMs;
  #reason: string | undefined;
  readonly #counts = { good: 0, error: 0, 'not-finite': 0 };

  constructor(pool: ModelPool<PredictionCall>, version: string, settings: PredictorSettings, context: Context) {
    const { columns, recipe } = pool.manifest;
    this.pool = pool;
    this.modelVersion = version;
    this.columns = columns;
    this.recipe = recipe;
    this.#guard = new RangeGuard(columns);
    this.#outcomes = new FailureWindow(settings.rollBack);
    this.#outputNames = outputNamesOf(pool.manifest);
    this.#context = context;
    this.#labels = { model_version: version };
    this.#sinceMs = context.clock.now();
  }

  /** Whether it may answer from the other's features: the same columns, of sound by the same recipe, and nothing made up that it holds for. */
  takesTheSameAs({ columns, recipe }: ModelContract): boolean {
    return (
      recipe === this.recipe &&
      columns.length === this.columns.length &&
      columns.every(({ name, ifMissing }, i) => {
        const own = this.columns[i]!;
        return name === own.name && (own.ifMissing !== 'hold' || ifMissing === 'hold');
      })
    );
  }

  get version(): ModelVersion {
    const { manifest, model } = this.pool;
    const { file } = model;
    return {
      version: this.modelVersion,
      name: manifest.name,
      path: file.path,
      sha256: file.sha256,
      state: this.#state,
      sinceMs: this.#sinceMs,
      ...(this.#reason !== undefined && { reason: this.#reason }),
      predictions: this.#counts.good,
      errors: this.#counts.error,
      notFinite: this.#counts['not-finite'],
    };
  }

  become(state: ModelState, reason?: string): void {
    this.#state = state;
    this.#sinceMs = this.#context.clock.now();
    this.#reason = reason;
  }

  /** Why these features cannot be predicted from. */
  refusalOf(features: Float32Array): LouverError | undefined {
    const { columns } = this;
    if (features.length !== columns.length) {
      return this.#error(`got ${features.length} features, expected ${columns.length}`);
    }
    for (let i = 0; i < features.length; i++) {
      const value = features[i]!;
      if (Math.abs(value) <= this.pool.maxFeature && Number.isFinite(value)) continue;
      const found = `feature ${columns[i]!.name} is ${value}, expected`;
      if (!Number.isFinite(value)) return this.#error(`${found} a finite number`);
      return this.#error(`${found} at most 65504: the model counts in float16`);
    }
    return undefined;
  }

  /** What a run's outputs mean, or why they mean nothing. */
  predictionOf(
    features: Float32Array,
    outputs: Float32Array,
    at: number,
    inferenceMs: number,
  ): Prediction | LouverError {
    const named: Record<string, number> = {};
    for (let i = 0; i < this.#outputNames.length; i++) {
      const name = this.#outputNames[i]!;
      const value = outputs[at + i]!;
      if (!Number.isFinite(value)) return this.#error(`output ${name} is ${value}, expected a finite number`);
      named[name] = value;
    }
    const { position, logVariance, confidence } = this.pool.manifest.outputs;
    let sure = NaN;
    if (logVariance !== undefined) sure = confidenceOf(named[logVariance]!);
    else if (confidence !== undefined) sure = Math.min(1, Math.max(0, named[confidence]!));
    const { modelVersion } = this;
    const prediction = { value: named[position]!, confidence: sure, inferenceMs, modelVersion, outputs: named };
    this.#context.metrics.observe('prediction_ms', inferenceMs, this.#labels);
    const outside = this.#guard.judge(features);
    if (outside === undefined) return prediction;
    for (const column of outside.columns) this.#context.metrics.count('model_inputs_out_of_range_total', { column });
    // A model that says nothing of its confidence is still less sure of what it has never seen.
    return { ...prediction, confidence: (Number.isNaN(sure) ? 1 : sure) * outside.factor, outOfRange: outside.columns };
  }

  /** Gives in words what passes its bound with this outcome, if anything does. What ended a worker counts once, for all its calls. */
  count(outcome: Outcome, error?: LouverError): string | undefined {
    if (error !== undefined && error === this.#lastError) return undefined;
    this.#lastError = error;
    this.#counts[outcome]++;
    this.#context.metrics.count(outcome === 'good' ? 'predictions_total' : 'predictions_failed_total', this.#labels);
    return this.#outcomes.add(outcome);
  }

  #error(message: string): LouverError {
    return modelError(this.pool.model.file.path, message);
  }
}
