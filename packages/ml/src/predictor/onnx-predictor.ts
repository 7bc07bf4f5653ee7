import {
  defaultContext,
  LouverError,
  type Context,
  type Health,
  type ModelColumn,
  type ModelContract,
  type Prediction,
  type Predictor,
} from '@louver/core';
import type { Outcome } from './failure-window.js';
import type { Generation } from './generation.js';
import { isFolder, modelCandidates } from './model-candidates.js';
import { ModelSuccession } from './model-succession.js';
import type { ModelVersion } from './model-version.js';
import { ModelWatch } from './model-watch.js';
import { givenUp, PredictionCall, type CallDesk } from './prediction-call.js';
import { predictorSettings, type OnnxPredictorOptions, type PredictorSettings } from './predictor-options.js';

/** A predictor whose model can be exchanged while it serves. */
export interface OnnxPredictor extends Predictor {
  /** Models that serve, served or were refused, newest first; the last 64. */
  readonly versions: readonly ModelVersion[];
  /**
   * Checks and warms the model of a file while the old one serves, then lets it take over between two predictions. Rejects with `E_MODEL`
   * in words when it is refused; the old one serves on. The model that serves already changes nothing.
   */
  swapTo(path: string): Promise<ModelVersion>;
  /** Lets the model before take over again; rejects with `E_MODEL` when there is none. @param reason in a person's words */
  rollBack(reason?: string): Promise<ModelVersion>;
}

/**
 * A model in ONNX format, run by WebAssembly in worker threads. `path` is the file, or a folder of which the newest model that passes its
 * checks serves; its columns, their stand-ins and ranges and its outputs come from the manifest in the file's `metadata_props`
 * (`louver.manifest`) or in a JSON file beside it. `open` rejects with `E_MODEL` in words when anything does not fit. Calls that wait together
 * are answered by one run. What a model that has taken over fails at is answered by the one before, where that takes the same features; it
 * takes over again when that happens too often. Throws `E_CONFIG` for impossible options.
 */
export function onnxPredictor(path: string, options: OnnxPredictorOptions = {}): OnnxPredictor {
  return new PooledPredictor(path, predictorSettings(options));
}

class PooledPredictor implements OnnxPredictor, CallDesk {
  readonly name = 'onnx';
  readonly #path: string;
  readonly #settings: PredictorSettings;
  #context: Context = defaultContext();
  #state: 'new' | 'open' | 'closed' = 'new';
  #models: ModelSuccession | undefined;
  #check: ((candidate: ModelContract) => void) | undefined;
  #watch: ModelWatch | undefined;
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(path: string, settings: PredictorSettings) {
    this.#path = path;
    this.#settings = settings;
  }

  get modelVersion(): string {
    return this.#models?.serving?.modelVersion ?? this.#settings.modelVersion ?? '';
  }

  get columns(): readonly ModelColumn[] {
    return this.#models?.serving?.columns ?? [];
  }

  get recipe(): string | undefined {
    return this.#models?.serving?.recipe;
  }

  get versions(): readonly ModelVersion[] {
    return this.#models?.versions ?? [];
  }

  acceptOnly(check: (candidate: ModelContract) => void): void {
    this.#check = check;
  }

  open(context: Context): Promise<void> {
    if (this.#opening || this.#closing) {
      const state = this.#closing ? 'closed' : 'open, or opens,';
      return Promise.reject(new LouverError('E_NOT_OPEN', `onnxPredictor is ${state} already: make another one`));
    }
    this.#opening = this.#open(context).catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  predict(features: Float32Array, signal?: AbortSignal, deviceId?: string): Promise<Prediction> {
    const generation = this.#models?.serving;
    if (this.#state !== 'open' || generation === undefined) return Promise.reject(this.#notOpen());
    const refusal = generation.refusalOf(features);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (signal?.aborted) return Promise.reject(givenUp());
    // What waits for the model before is older.
    if (deviceId !== undefined) this.#models!.supersede(deviceId);
    return new Promise((resolve, reject) => {
      this.#submit(new PredictionCall(features, signal, deviceId, generation, this, resolve, reject));
    });
  }

  async swapTo(path: string): Promise<ModelVersion> {
    if (this.#state !== 'open') throw this.#notOpen();
    return this.#models!.swapTo(path);
  }

  async rollBack(reason = 'somebody wanted the model before'): Promise<ModelVersion> {
    if (this.#state !== 'open') throw this.#notOpen();
    return this.#models!.rollBack(reason);
  }

  health(): Health {
    if (this.#state !== 'open') return { ok: false, reason: `onnxPredictor is ${this.#state}` };
    const crash = this.#models?.serving?.pool.crash;
    return crash === undefined ? { ok: true } : { ok: false, reason: `the model's worker was lost: ${crash}` };
  }

  /** Of the model that serves, every worker: one that was lost is started again now and not with the next call. */
  async check(): Promise<void> {
    await this.#models?.serving?.pool.check();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  onFailure(call: PredictionCall, outcome: Exclude<Outcome, 'good'>, error: LouverError): void {
    const { generation, isSecondTry } = call;
    this.#context.logger.warn('prediction failed', { version: generation.modelVersion, error: error.message });
    this.#models!.count(generation, outcome, error);
    const other = isSecondTry ? undefined : this.#models!.otherThan(generation);
    if (!other) return call.reject(error);
    call.isSecondTry = true;
    this.#handOver(call, other);
  }

  onAbort({ generation }: PredictionCall): void {
    generation.pool.dropSettled();
  }

  onSuperseded(): void {
    this.#context.metrics.count('predictions_superseded_total');
  }

  async #open(context: Context): Promise<void> {
    this.#context = context;
    const [path, settings] = [this.#path, this.#settings];
    if (settings.modelVersion !== undefined && (await isFolder(path))) {
      const found = `modelVersion is ${settings.modelVersion}, and ${path} a folder`;
      throw new LouverError('E_CONFIG', `onnxPredictor: ${found}: models of a folder have versions of their own`);
    }
    const candidates = await modelCandidates(path);
    if (this.#closing) throw this.#notOpen();
    this.#models = new ModelSuccession({
      path,
      settings,
      context,
      accept: (candidate, serving) => (this.#check ?? takesTheSame(serving))(candidate),
      onEvicted: (calls, to) => calls.forEach((call) => this.#handOver(call, to)),
    });
    const { version, pool } = await this.#models.begin(candidates);
    if (this.#closing) throw this.#notOpen();
    this.#state = 'open';
    const { recipe, trainedOn } = pool.manifest;
    context.logger.info('model opened', { path: version.path, name: version.name, version: version.version, recipe });
    context.logger.debug('model training', { name: version.name, trainedOn });
    if (!settings.watch) return;
    const watched = {
      path,
      intervalMs: settings.watchIntervalMs,
      context,
      servingPath: () => this.#models!.serving!.version.path,
      swapTo: (found: string) => this.swapTo(found),
    };
    this.#watch = new ModelWatch(watched, candidates);
    this.#watch.start();
  }

  #submit(call: PredictionCall): void {
    try {
      call.generation.pool.submit(call);
    } catch (error) {
      call.reject(LouverError.from(error, 'E_OVERLOADED'));
    }
  }

  /** Has another model answer, if it takes what the call has. */
  #handOver(call: PredictionCall, to: Generation): void {
    const from = call.generation;
    if (!to.takesTheSameAs(from)) {
      const message = `model ${from.modelVersion} gave way to ${to.modelVersion}, which wants other features: ask again`;
      return call.reject(new LouverError('E_MODEL', message, { retryable: true }));
    }
    const refusal = to.refusalOf(call.features);
    if (refusal) return call.reject(refusal);
    call.generation = to;
    this.#submit(call);
  }

  async #close(): Promise<void> {
    this.#state = 'closed';
    // Gives up what is being opened.
    await this.#models?.close();
    await this.#opening?.catch(() => undefined);
    await this.#watch?.stop();
  }

  #notOpen(): LouverError {
    return new LouverError('E_NOT_OPEN', `onnxPredictor is ${this.#state}: call open() first`);
  }
}

/** Who has said nothing else goes on giving what the model that serves wants. */
function takesTheSame(serving: ModelContract | undefined): (candidate: ModelContract) => void {
  return (candidate) => {
    if (serving === undefined) return;
    const [wanted, given] = [candidate, serving].map(({ columns }) => columns.map(({ name }) => name).join(', '));
    if (wanted === given) return;
    const message = `it wants the columns ${wanted}, the one that serves gets ${given}: to feed others, say so with acceptOnly()`;
    throw new LouverError('E_MODEL', message);
  };
}
