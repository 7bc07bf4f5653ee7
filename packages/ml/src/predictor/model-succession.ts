import { LouverError, withoutCode, type Context, type ModelContract } from '@louver/core';
import type { Outcome } from './failure-window.js';
import { Generation } from './generation.js';
import { isFolder, markRolledBack, type ModelCandidate } from './model-candidates.js';
import { ModelPool } from './model-pool.js';
import type { ModelVersion } from './model-version.js';
import type { PredictionCall } from './prediction-call.js';
import type { PredictorSettings } from './predictor-options.js';
import { VersionLedger } from './version-ledger.js';

export interface ModelSuccessionOptions {
  /** A file, or a folder of models. */
  readonly path: string;
  readonly settings: PredictorSettings;
  readonly context: Context;
  /** Throws for a model that whoever feeds it cannot feed. */
  readonly accept: (candidate: ModelContract, serving: ModelContract | undefined) => void;
  /** Calls that waited for a model that has given way. */
  readonly onEvicted: (calls: readonly PredictionCall[], to: Generation) => void;
}

/** Which model serves, which one did before, and how one takes over from the other. */
export class ModelSuccession {
  readonly #options: ModelSuccessionOptions;
  readonly #ledger = new VersionLedger();
  #serving: Generation | undefined;
  /** What served before, with its workers. */
  #standby: Generation | undefined;
  /** One change after the other. */
  #changes: Promise<unknown> = Promise.resolve();
  /** Workers of models that serve no more, while they end. */
  readonly #ending = new Set<Promise<void>>();
  /** Until it is noted beside a model that it was rolled back. */
  #marking: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();
  #isClosed = false;

  constructor(options: ModelSuccessionOptions) {
    this.#options = options;
  }

  get serving(): Generation | undefined {
    return this.#serving;
  }

  get versions(): readonly ModelVersion[] {
    return this.#ledger.versions;
  }

  /** Lets the first of them serve that passes its checks; the others are listed as refused. Rejects with `E_MODEL` when none does. */
  async begin(candidates: readonly ModelCandidate[]): Promise<Generation> {
    const { path, settings } = this.#options;
    const refusals: LouverError[] = [];
    for (const candidate of candidates) {
      try {
        return this.#serve(this.#accepted(await this.#opened(candidate.path), settings.modelVersion));
      } catch (error) {
        if (this.#isClosed) throw error;
        refusals.push(LouverError.from(error, 'E_MODEL'));
      }
    }
    if (refusals.length === 1) throw refusals[0]!;
    const message =
      refusals.length === 0
        ? `${path}: it is a folder without a model that may serve, expected *.onnx files in it`
        : `none of the models can serve: ${refusals.map(({ message }) => withoutCode(message)).join('; ')}`;
    throw new LouverError('E_MODEL', message);
  }

  /** Checks and warms a model while the old one serves, then lets it take over. */
  swapTo(path: string): Promise<ModelVersion> {
    return this.#change(() => this.#swapTo(path));
  }

  /** Lets the model before take over again, at once: also while another one is being opened. */
  async rollBack(reason: string): Promise<ModelVersion> {
    const { modelVersion } = this.#servingNow();
    if (!this.#standby) {
      throw new LouverError(
        'E_MODEL',
        `there is no model before ${modelVersion} that stands by: one step back is all there is, write an older model anew or swap to it`,
      );
    }
    const { version } = this.#giveWay(this.#standby, reason);
    await this.#marking;
    return version;
  }

  /** Counts what has become of a call; too many bad ones, or one that hung, and the model before takes over. */
  count(generation: Generation, outcome: Exclude<Outcome, 'good'>, error: LouverError): void {
    const tooMany = generation.count(outcome, error);
    // Each further one would hold up everybody as long.
    const reason = error.code === 'E_TIMEOUT' ? error.message : tooMany;
    if (reason === undefined || !this.#standby || generation !== this.#serving || this.#isClosed) return;
    this.#giveWay(this.#standby, reason);
  }

  /** Another model that can answer what this one failed at. */
  otherThan(generation: Generation): Generation | undefined {
    const other = generation === this.#serving ? this.#standby : this.#serving;
    return other?.takesTheSameAs(generation) && !this.#isClosed ? other : undefined;
  }

  /** A later call for the device is asked of the model that serves. */
  supersede(deviceId: string): void {
    this.#standby?.pool.supersede(deviceId);
  }

  /** Answers what was let in, then ends all workers. What is being opened is given up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop.abort();
    await this.#changes;
    await this.#marking;
    for (const generation of [this.#serving, this.#standby]) if (generation) this.#end(generation.pool);
    await Promise.all(this.#ending);
  }

  async #swapTo(path: string): Promise<ModelVersion> {
    const { context } = this.#options;
    this.#servingNow();
    const pool = await this.#opened(path);
    const serving = this.#serving!;
    if (pool.model.identity === serving.pool.model.identity) {
      this.#end(pool);
      return serving.version;
    }
    const next = this.#accepted(pool);
    if (this.#standby) this.#retire(this.#standby, 'retired');
    serving.become('standby');
    this.#standby = serving;
    this.#serve(next);
    context.metrics.count('model_swaps_total', { outcome: 'swapped' });
    const { name, version } = next.version;
    context.logger.info('model swapped', { path, name, version, before: serving.modelVersion });
    return next.version;
  }

  #serve(generation: Generation): Generation {
    this.#serving = generation;
    generation.become('serving');
    this.#ledger.add(generation);
    this.#ledger.claim(generation.modelVersion, generation.pool.model);
    return generation;
  }

  #servingNow(): Generation {
    if (this.#serving && !this.#isClosed) return this.#serving;
    throw this.#notOpen();
  }

  #notOpen(): LouverError {
    const state = this.#isClosed ? 'closed' : 'not open';
    return new LouverError('E_NOT_OPEN', `onnxPredictor is ${state}: its model cannot be changed`);
  }

  #giveWay(standby: Generation, reason: string): Generation {
    const { context, onEvicted } = this.#options;
    const failed = this.#servingNow();
    this.#serving = standby;
    this.#standby = undefined;
    standby.become('serving');
    context.metrics.count('model_swaps_total', { outcome: 'rolled-back' });
    context.logger.error('model rolled back', { version: failed.modelVersion, reason, to: standby.modelVersion });
    onEvicted(failed.pool.evict(), standby);
    this.#retire(failed, 'rolled-back', reason);
    this.#marking = this.#marking.then(() => this.#mark(failed.version.path, reason));
    return standby;
  }

  async #mark(path: string, reason: string): Promise<void> {
    const { context } = this.#options;
    try {
      if (await isFolder(this.#options.path)) await markRolledBack(path, reason, context.clock.now());
    } catch (error) {
      const words = { path, error: String(error) };
      context.logger.warn('rolled-back model not marked: it serves again after a restart', words);
    }
  }

  /** Whether whoever feeds it can feed this one too. */
  #accepted(pool: ModelPool<PredictionCall>, given?: string): Generation {
    const { settings, context, accept } = this.#options;
    const next = new Generation(pool, this.#ledger.nameFor(pool.model, given), settings, context);
    try {
      accept(next, this.#serving);
      return next;
    } catch (error) {
      this.#end(pool);
      throw this.#refused(next.version.path, LouverError.from(error, 'E_MODEL'), next.version);
    }
  }

  async #opened(path: string): Promise<ModelPool<PredictionCall>> {
    const { settings, context } = this.#options;
    if (this.#isClosed) throw this.#notOpen();
    try {
      const pool = await ModelPool.open<PredictionCall>({ path }, { ...settings, context }, this.#stop.signal);
      if (!this.#isClosed) return pool;
      this.#end(pool);
    } catch (error) {
      if (!this.#isClosed) throw this.#refused(path, LouverError.from(error, 'E_MODEL'));
    }
    throw this.#notOpen();
  }

  #refused(path: string, error: LouverError, found?: ModelVersion): LouverError {
    const { context } = this.#options;
    this.#ledger.refuse(path, error, context.clock.now(), found);
    context.metrics.count('model_swaps_total', { outcome: 'refused' });
    context.logger.error('model refused', { path, error: error.message });
    return error;
  }

  #retire(generation: Generation, state: 'retired' | 'rolled-back', reason?: string): void {
    generation.become(state, reason);
    this.#end(generation.pool, () => this.#ledger.settle(generation));
  }

  #end(pool: ModelPool<PredictionCall>, then: () => void = () => undefined): void {
    const ending = pool.close().then(then);
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const change = this.#changes.then(work);
    this.#changes = change.catch(() => undefined);
    return change;
  }
}
