import {
  LouverError,
  type Context,
  type Health,
  type ModelColumn,
  type Prediction,
  type Predictor,
} from '@louver/core';
import { confidenceOf } from './confidence.js';
import { manifestOf } from './manifest-file.js';
import { modelError, readModelFile } from './model-file.js';
import type { ModelManifest } from './model-manifest.js';
import { exclusively } from './onnx-runtime.js';
import { onnxSession, type OnnxSession } from './onnx-session.js';
import { openModel, type OpenModel } from './open-model.js';

export interface OnnxPredictorOptions {
  /** Written with every prediction; default the manifest's `version`. */
  readonly modelVersion?: string | undefined;
  /** Calls waiting at most, from 1; one more is refused with `E_OVERLOADED`. Default 1024. */
  readonly queueLimit?: number | undefined;
}

interface Call {
  readonly features: Float32Array;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (prediction: Prediction) => void;
  readonly reject: (error: LouverError) => void;
}

/**
 * A model in ONNX format, run in WebAssembly. `path` is the file; its columns, their stand-ins and its outputs come from the manifest
 * in the file's `metadata_props` (`louver.manifest`) or in a JSON file beside it, and are checked against the model by `open`, which
 * rejects with `E_MODEL` in words when anything does not fit. Calls that wait together are answered by one run.
 */
export function onnxPredictor(path: string, options: OnnxPredictorOptions = {}): Predictor {
  return new OnnxPredictor(path, options);
}

class OnnxPredictor implements Predictor {
  readonly name = 'onnx';
  readonly #path: string;
  readonly #givenVersion: string | undefined;
  readonly #queueLimit: number;
  #manifest: ModelManifest | undefined;
  #model: OpenModel | undefined;
  #session: OnnxSession | undefined;
  #waiting: Call[] = [];
  #scheduled = false;
  #state: 'new' | 'open' | 'closed' = 'new';
  #draining: Promise<unknown> = Promise.resolve();

  constructor(path: string, { modelVersion, queueLimit = 1024 }: OnnxPredictorOptions) {
    if (!Number.isInteger(queueLimit) || queueLimit < 1) {
      throw new LouverError('E_CONFIG', `onnxPredictor: queueLimit is ${queueLimit}, expected a whole number from 1`);
    }
    this.#path = path;
    this.#givenVersion = modelVersion;
    this.#queueLimit = queueLimit;
  }

  get modelVersion(): string {
    return this.#givenVersion ?? this.#manifest?.version ?? '';
  }

  get columns(): readonly ModelColumn[] {
    return this.#manifest?.columns ?? [];
  }

  get recipe(): string | undefined {
    return this.#manifest?.recipe;
  }

  async open({ logger }: Context): Promise<void> {
    const file = await readModelFile(this.#path);
    const manifest = await manifestOf(file);
    const model = await openModel(file);
    this.#session = await onnxSession(model, manifest);
    this.#model = model;
    this.#manifest = manifest;
    this.#state = 'open';
    const { name, recipe, trainedOn } = manifest;
    logger.info('model opened', { path: this.#path, name, version: this.modelVersion, recipe });
    logger.debug('model training', { name, trainedOn });
  }

  predict(features: Float32Array, signal?: AbortSignal): Promise<Prediction> {
    if (this.#state !== 'open') {
      return Promise.reject(new LouverError('E_NOT_OPEN', `onnxPredictor is ${this.#state}: call open() first`));
    }
    const problem = this.#problemOf(features);
    if (problem !== undefined) return Promise.reject(modelError(this.#path, problem));
    if (signal?.aborted) return Promise.reject(timeout());
    if (this.#waiting.length >= this.#queueLimit) {
      const message = `${this.#queueLimit} predictions are waiting already: try again later`;
      return Promise.reject(new LouverError('E_OVERLOADED', message));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ features, signal, resolve, reject });
      this.#schedule();
    });
  }

  health(): Health {
    return this.#state === 'open' ? { ok: true } : { ok: false, reason: `onnxPredictor is ${this.#state}` };
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    while (this.#scheduled) await this.#draining;
    const model = this.#model;
    this.#model = undefined;
    await model?.release();
  }

  #problemOf(features: Float32Array): string | undefined {
    const { columns } = this;
    const { maxFeature } = this.#session!;
    if (features.length !== columns.length) return `got ${features.length} features, expected ${columns.length}`;
    for (let i = 0; i < features.length; i++) {
      if (!Number.isFinite(features[i]))
        return `feature ${columns[i]!.name} is ${features[i]}, expected a finite number`;
      if (Math.abs(features[i]!) > maxFeature)
        return `feature ${columns[i]!.name} is ${features[i]}, expected at most 65504: the model counts in float16`;
    }
    return undefined;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#draining = exclusively(() => this.#runBatch()).finally(() => {
      this.#scheduled = false;
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  /** Never rejects: every error goes to the calls of the batch. */
  async #runBatch(): Promise<void> {
    const session = this.#session!;
    const batch: Call[] = [];
    while (batch.length < session.maxRows) {
      const call = this.#waiting.shift();
      if (!call) break;
      if (call.signal?.aborted) call.reject(timeout());
      else session.setRow(batch.push(call) - 1, call.features);
    }
    if (batch.length === 0) return;
    const startedMs = performance.now();
    try {
      const results = await session.run(batch.length);
      // To a microsecond: the clock says no more.
      const inferenceMs = Math.round((performance.now() - startedMs) * 1000) / 1000;
      batch.forEach((call, row) => this.#answer(call, results, row, inferenceMs));
    } catch (error) {
      const failure = LouverError.from(error, 'E_MODEL');
      for (const call of batch) call.reject(failure);
    }
  }

  #answer(call: Call, results: ReadonlyMap<string, Float32Array>, row: number, inferenceMs: number): void {
    const outputs: Record<string, number> = {};
    for (const [name, values] of results) {
      const value = values[row]!;
      if (!Number.isFinite(value))
        return call.reject(modelError(this.#path, `output ${name} is ${value}, expected a finite number`));
      outputs[name] = value;
    }
    const { position, logVariance, confidence } = this.#manifest!.outputs;
    let sure = NaN;
    if (logVariance !== undefined) sure = confidenceOf(outputs[logVariance]!);
    else if (confidence !== undefined) sure = Math.min(1, Math.max(0, outputs[confidence]!));
    call.resolve({
      value: outputs[position]!,
      confidence: sure,
      inferenceMs,
      modelVersion: this.modelVersion,
      outputs,
    });
  }
}

function timeout(): LouverError {
  return new LouverError('E_TIMEOUT', 'the prediction was given up before it was made: the signal aborted');
}
