import {
  defaultContext,
  LouverError,
  type Context,
  type ExtractedFeatures,
  type FeatureExtractor,
  type Health,
  type Recording,
} from '@louver/core';
import { startFeatureWorker, type FeatureWorker } from './feature-worker.js';
import { featureRecipe, type FeatureRecipeOptions } from './recipe.js';
import type { FeatureAnswer } from './worker-messages.js';

export interface LibrosaFeaturesOptions extends FeatureRecipeOptions {
  /** Recordings waiting or being analysed at most, from 1; one more is refused with `E_OVERLOADED`. Default 64. */
  readonly queueLimit?: number | undefined;
}

/** Sent ahead of the answers, so that the thread does not idle for a round trip; more would make aborted calls cost work. */
const SENT_AHEAD = 2;

interface Call {
  readonly id: number;
  readonly recording: Recording;
  readonly resolve: (features: ExtractedFeatures) => void;
  readonly reject: (error: LouverError) => void;
}

/**
 * Audio features as librosa 0.11.0 computes them, in a worker thread: MFCC, spectral centroid and roll-off, RMS, zero-crossing rate,
 * each as mean and standard deviation over the frames; `extras.mel_db_mean` holds 40 mel bands in decibels. Every recording is analysed
 * at its own sample rate unless `preparation` names one. Throws `E_CONFIG` for impossible options; `open` rejects with `E_FEATURES` when the thread cannot start.
 */
export function librosaFeatures(options: LibrosaFeaturesOptions = {}): FeatureExtractor {
  return new LibrosaFeatures(options);
}

class LibrosaFeatures implements FeatureExtractor {
  readonly name = 'librosa-features';
  readonly names: readonly string[];
  readonly recipe: string;
  readonly #options: FeatureRecipeOptions;
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

  constructor({ features, parameters, preparation, queueLimit = 64 }: LibrosaFeaturesOptions) {
    if (!Number.isInteger(queueLimit) || queueLimit < 1) {
      throw new LouverError('E_CONFIG', `librosaFeatures: queueLimit is ${queueLimit}, expected a whole number from 1`);
    }
    this.#options = { features, parameters, preparation };
    this.#queueLimit = queueLimit;
    const recipe = featureRecipe(this.#options);
    this.names = recipe.names;
    this.recipe = recipe.id;
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
      return Promise.reject(new LouverError('E_NOT_OPEN', `librosaFeatures is ${this.#state}: call open() first`));
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
    if (this.#state !== 'open') return { ok: false, reason: `librosaFeatures is ${this.#state}` };
    return this.#crash === undefined
      ? { ok: true }
      : { ok: false, reason: `the feature worker crashed: ${this.#crash}` };
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
    this.#worker = startFeatureWorker(this.#options, {
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
    else call?.reject(new LouverError('E_FEATURES', answer.message.replace(/^E_[A-Z_]+: /, '')));
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
