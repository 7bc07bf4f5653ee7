import { LouverError, systemClock, type Context } from '@louver/core';
import { startWorkerThread, type WorkerThread } from '../worker-thread.js';
import type { KeptModel, ModelAnswer, ModelReady, ModelTask, ModelWorkerData } from './model-messages.js';

/** A call that a worker has in hand. */
export interface LaneCall {
  readonly features: Float32Array;
  /** @param outputs of all rows that ran together, row by row @param at where this call's begin */
  answer(outputs: Float32Array, at: number, inferenceMs: number): void;
  fail(error: LouverError): void;
}

export interface ModelLaneOptions {
  /** A batch that takes longer is given up, and the worker with it: nothing else stops a run. Milliseconds. */
  readonly timeoutMs: number;
  readonly context: Context;
  /** Has room again, or has just lost its calls. */
  readonly onRoom: () => void;
}

/** A thread takes the machine's time, also while a test has a day pass in a second. */
const clock = systemClock;
/** Sent ahead of the answers, so that the thread does not idle for a round trip. */
const SENT_AHEAD = 2;
/** Reading, checking and warming a model up to 1 GiB. */
const OPEN_TIMEOUT_MS = 120_000;

/** One worker with its queue. A worker that crashed or hung is started again with the model as it was checked first. */
export class ModelLane<Call extends LaneCall> {
  readonly #options: ModelLaneOptions;
  #source: ModelWorkerData;
  #worker: WorkerThread<ModelTask> | undefined;
  #ready: ModelReady | undefined;
  readonly #batches: Call[][] = [];
  /** Since when the worker has had its oldest batch in hand. */
  #busySinceMs = 0;
  #watching: AbortController | undefined;
  #crash: string | undefined;
  #opening: { resolve: (ready: ModelReady) => void; reject: (error: LouverError) => void } | undefined;

  constructor(source: ModelWorkerData, options: ModelLaneOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** Starts the worker and opens the model; rejects with `E_MODEL` in words when it is refused. */
  open(): Promise<ModelReady> {
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
      this.#start();
    });
  }

  get hasRoom(): boolean {
    return this.#batches.length < SENT_AHEAD;
  }

  get isIdle(): boolean {
    return this.#batches.length === 0;
  }

  /** Why the worker ended last, until it answers again. */
  get crash(): string | undefined {
    return this.#crash;
  }

  /** Has a batch run; the calls hear of it. @param width features of a call */
  send(calls: Call[], width: number): void {
    const features = new Float32Array(calls.length * width);
    calls.forEach((call, row) => features.set(call.features, row * width));
    this.#worker ??= this.#start();
    if (this.#batches.length === 0) {
      this.#worker.hold();
      this.#busySinceMs = clock.now();
    }
    this.#batches.push(calls);
    this.#worker.send({ rows: calls.length, features }, [features.buffer]);
    void this.#watch();
  }

  async stop(): Promise<void> {
    this.#endWatch();
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.stop();
  }

  #start(): WorkerThread<ModelTask> {
    this.#ready = undefined;
    this.#busySinceMs = clock.now();
    this.#worker = startWorkerThread<ModelTask, ModelAnswer>({
      file: 'model-worker',
      data: this.#source,
      code: 'E_MODEL',
      onAnswer: (answer) => this.#answered(answer),
      onCrash: (reason) => this.#lost(new LouverError('E_MODEL', `the model's worker crashed: ${reason}`), reason),
    });
    if (this.#opening) void this.#watch();
    return this.#worker;
  }

  #answered(answer: ModelAnswer): void {
    this.#busySinceMs = clock.now();
    if (answer.kind === 'ready') return this.#opened(answer);
    if (answer.kind === 'refused') {
      const error = new LouverError('E_MODEL', withoutCode(answer.error));
      return this.#lost(error, error.message);
    }
    const calls = this.#batches.shift();
    if (!calls) return;
    this.#crash = undefined;
    if (answer.kind === 'predicted') {
      const { outputs, inferenceMs } = answer;
      const width = outputs.length / calls.length;
      calls.forEach((call, row) => call.answer(outputs, row * width, inferenceMs));
    } else {
      const error = new LouverError('E_MODEL', withoutCode(answer.error));
      for (const call of calls) call.fail(error);
    }
    if (this.#batches.length === 0) this.#worker?.release();
    this.#options.onRoom();
  }

  #opened(ready: ModelReady): void {
    this.#ready = ready;
    const { file, located }: KeptModel = ready;
    this.#source = { file, located };
    this.#opening?.resolve(ready);
    this.#opening = undefined;
    // What runs has less time than what opens.
    this.#endWatch();
    if (this.#batches.length === 0) this.#worker?.release();
    else void this.#watch();
  }

  /** The worker is gone, and with it what it had in hand. The next batch starts another. */
  #lost(error: LouverError, reason: string): void {
    void this.stop();
    const lost = this.#batches.splice(0).flat();
    const opening = this.#opening;
    this.#opening = undefined;
    if (opening) return opening.reject(error);
    this.#crash = reason;
    const { logger, metrics } = this.#options.context;
    logger.error('model worker lost', { reason, lost: lost.length });
    metrics.count('model_workers_lost_total');
    for (const call of lost) call.fail(error);
    this.#options.onRoom();
  }

  #endWatch(): void {
    this.#watching?.abort();
    this.#watching = undefined;
  }

  /** One timer for a busy worker, not one for each batch. */
  async #watch(): Promise<void> {
    if (this.#watching) return;
    const watching = (this.#watching = new AbortController());
    const { timeoutMs } = this.#options;
    while (!watching.signal.aborted && (this.#opening || this.#batches.length > 0)) {
      const limitMs = this.#ready ? timeoutMs : Math.max(timeoutMs, OPEN_TIMEOUT_MS);
      const leftMs = this.#busySinceMs + limitMs - clock.now();
      if (leftMs <= 0) {
        const what = this.#ready ? 'the model has not answered' : 'the model was not opened';
        const reason = `${what} within ${limitMs} ms: its worker was ended`;
        return this.#lost(new LouverError('E_TIMEOUT', reason), reason);
      }
      await clock.sleep(leftMs, watching.signal);
    }
    if (!watching.signal.aborted) this.#watching = undefined;
  }
}

/** An error's words without its code, which the other side of the thread has put before them. */
function withoutCode(message: string): string {
  return message.replace(/^E_[A-Z_]+: /, '');
}
