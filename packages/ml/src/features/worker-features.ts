import {
  defaultContext,
  LouverError,
  withoutCode,
  type Context,
  type ExtractedFeatures,
  type FeatureExtractor,
  type Health,
  type Recording,
} from '@louver/core';
import { startFeatureWorker, type FeatureWorker, type FeatureWorkerFile } from './feature-worker.js';
import type { FeatureAnswer } from './worker-messages.js';

export interface WorkerFeaturesOptions {
  readonly name: string;
  /** The function that callers know it by, for messages. */
  readonly maker: string;
  readonly names: readonly string[];
  readonly recipe: string;
  /** Recipes of fewer columns with the same numbers in them. */
  readonly covers?: (recipe: string) => boolean;
  readonly worker: FeatureWorkerFile;
  /** What the thread makes its recipe of; must survive a structured clone. */
  readonly workerData: object;
  readonly queueLimit: number | undefined;
}

/** Recordings waiting or being analysed at most. */
const DEFAULT_QUEUE_LIMIT = 64;

/** Sent ahead of the answers, so that the thread does not idle for a round trip; more would make aborted calls cost work. */
const SENT_AHEAD = 2;

interface Call {
  readonly id: number;
  readonly recording: Recording;
  readonly resolve: (features: ExtractedFeatures) => void;
  readonly reject: (error: LouverError) => void;
}

/** A feature extractor that analyses in a worker thread: a bounded queue in front of it, and a new thread after one that crashed. */
export class WorkerFeatures implements FeatureExtractor {
  readonly name: string;
  readonly names: readonly string[];
  readonly recipe: string;
  readonly #options: WorkerFeaturesOptions;
  readonly #queueLimit: number;
  #context: Context = defaultContext();
  #state: 'new' | 'open' | 'closed' = 'new';
  #worker: FeatureWorker | undefined;
  #waiting: Call[] = [];
  readonly #sent = new Map<number, Call>();
  #lastId = 0;
  #crash: string | undefined;
  #idle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /** Throws `E_CONFIG` for an impossible queue limit. */
  constructor(options: WorkerFeaturesOptions) {
    const { name, maker, names, recipe, queueLimit = DEFAULT_QUEUE_LIMIT } = options;
    if (!Number.isInteger(queueLimit) || queueLimit < 1) {
      throw new LouverError('E_CONFIG', `${maker}: queueLimit is ${queueLimit}, expected a whole number from 1`);
    }
    this.name = name;
    this.names = names;
    this.recipe = recipe;
    this.#options = options;
    this.#queueLimit = queueLimit;
  }

  covers(recipe: string): boolean {
    return recipe === this.recipe || (this.#options.covers?.(recipe) ?? false);
  }

  async open(context: Context): Promise<void> {
    this.#context = context;
    const worker = this.#start();
    await worker.ready;
    worker.release();
    this.#state = 'open';
  }

  extract(recording: Recording, signal?: AbortSignal): Promise<ExtractedFeatures> {
    if (this.#state !== 'open') {
      return Promise.reject(
        new LouverError('E_NOT_OPEN', `${this.#options.maker} is ${this.#state}: call open() first`),
      );
    }
    if (signal?.aborted) return Promise.reject(timeout());
    if (this.#waiting.length + this.#sent.size >= this.#queueLimit) {
      const message = `${this.#queueLimit} recordings are waiting for features already: try again later`;
      return Promise.reject(new LouverError('E_OVERLOADED', message));
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        // One that was sent keeps its place until the thread answers: the thread is busy with it.
        this.#waiting = this.#waiting.filter((other) => other !== call);
        reject(timeout());
        this.#settled();
      };
      const done = (): void => signal?.removeEventListener('abort', onAbort);
      const call: Call = {
        id: ++this.#lastId,
        recording,
        resolve: (features) => (done(), resolve(features)),
        reject: (error) => (done(), reject(error)),
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(call);
      this.#dispatch();
    });
  }

  health(): Health {
    if (this.#state !== 'open') return { ok: false, reason: `${this.#options.maker} is ${this.#state}` };
    return this.#crash === undefined
      ? { ok: true }
      : { ok: false, reason: `the feature worker crashed: ${this.#crash}` };
  }

  /** Starts a thread after one that crashed now and not with the next recording. */
  async check(): Promise<void> {
    if (this.#state !== 'open' || this.#worker !== undefined) return;
    const worker = this.#start();
    await worker.ready;
    this.#crash = undefined;
    if (this.#sent.size === 0) worker.release();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#state = 'closed';
    if (this.#waiting.length + this.#sent.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    await this.#worker?.stop();
    this.#worker = undefined;
  }

  #start(): FeatureWorker {
    const { worker, workerData } = this.#options;
    this.#worker = startFeatureWorker(worker, workerData, {
      onAnswer: (answer) => this.#answered(answer),
      onCrash: (reason) => this.#crashed(reason),
    });
    return this.#worker;
  }

  #dispatch(): void {
    while (this.#sent.size < SENT_AHEAD) {
      const call = this.#waiting.shift();
      if (!call) return;
      try {
        const worker = this.#worker ?? this.#start();
        if (this.#sent.size === 0) worker.hold();
        const { bytes, format, sampleRateHz } = call.recording;
        worker.send({ id: call.id, bytes, format, sampleRateHz });
        this.#sent.set(call.id, call);
      } catch (error) {
        call.reject(LouverError.from(error, 'E_FEATURES'));
      }
    }
  }

  #answered(answer: Exclude<FeatureAnswer, { kind: 'ready' }>): void {
    const call = this.#sent.get(answer.id);
    this.#sent.delete(answer.id);
    this.#crash = undefined;
    if (answer.kind === 'features') call?.resolve({ values: answer.values, extras: answer.extras });
    else call?.reject(new LouverError('E_FEATURES', withoutCode(answer.message)));
    this.#settled();
  }

  #crashed(reason: string): void {
    this.#worker = undefined;
    if (this.#state === 'new') return;
    this.#crash = reason;
    this.#context.logger.error('feature worker crashed', { reason, lost: this.#sent.size });
    this.#context.metrics.count('feature_worker_crashes_total');
    const lost = [...this.#sent.values()];
    this.#sent.clear();
    for (const call of lost) {
      call.reject(
        new LouverError(
          'E_FEATURES',
          `the feature worker crashed (${reason}) with this recording in hand; a new one is started`,
        ),
      );
    }
    this.#settled();
  }

  #settled(): void {
    this.#dispatch();
    if (this.#sent.size > 0 || this.#waiting.length > 0) return;
    this.#worker?.release();
    this.#idle?.();
  }
}

function timeout(): LouverError {
  return new LouverError('E_TIMEOUT', 'audio features were given up before they were made: the signal aborted');
}
