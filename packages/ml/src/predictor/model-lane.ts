import { LouverError, withoutCode, type Context } from '@louver/core';
import { startWorkerThread, type WorkerThread } from '../worker-thread.js';
import { HangWatch } from './hang-watch.js';
import type { KeptModel, ModelAnswer, ModelReady, ModelTask, ModelWorkerData, TaskAnswer } from './model-messages.js';

/** A call that a worker has in hand. */
export interface LaneCall {
  readonly features: Float32Array;
  /** @param outputs of all rows that ran together, row by row @param at where this call's begin */
  answer(outputs: Float32Array, at: number, inferenceMs: number): void;
  fail(error: LouverError): void;
}

export interface ModelLaneOptions<Call> {
  /** A run that takes longer is given up, and the worker with it: nothing else stops one. Milliseconds. */
  readonly timeoutMs: number;
  readonly context: Context;
  /** The worker was lost: these calls it had not begun. */
  readonly onReturn: (calls: readonly Call[]) => void;
  /** A batch less is in hand. */
  readonly onRoom: () => void;
}

/** Sent ahead of the answers, so that the thread does not idle for a round trip. */
const SENT_AHEAD = 2;
/** Reading, checking and warming a model up to 1 GiB. */
const OPEN_TIMEOUT_MS = 120_000;
/** A worker that could not be started again is not tried at every call. */
const PAUSE_MS = 1_000;

/** One worker with its queue. A worker that crashed or hung is started again with the model as it was checked first. */
export class ModelLane<Call extends LaneCall> {
  readonly #options: ModelLaneOptions<Call>;
  readonly #watch: HangWatch;
  #source: ModelWorkerData;
  #worker: WorkerThread<ModelTask> | undefined;
  #isReady = false;
  #batches: Call[][] = [];
  #failure: { readonly error: LouverError; readonly atMs: number; readonly whileStarting: boolean } | undefined;
  #opening: { resolve: (ready: ModelReady) => void; reject: (error: LouverError) => void } | undefined;
  /** Who has asked whether the worker is there, by a batch of no calls. */
  #probe: { resolve: () => void; reject: (error: LouverError) => void } | undefined;

  constructor(source: ModelWorkerData, options: ModelLaneOptions<Call>) {
    this.#source = source;
    this.#options = options;
    this.#watch = new HangWatch((limitMs) => this.#hung(limitMs));
  }

  /** Starts the worker and opens the model; rejects with `E_MODEL` in words when it is refused, `E_NOT_OPEN` when it is stopped meanwhile. */
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
    return this.#failure?.error.message;
  }

  /** Has a batch run; the calls hear of it. @param width features of a call */
  send(calls: Call[], width: number): void {
    const failure = this.#worker ? undefined : this.#failure;
    if (failure?.whileStarting && performance.now() - failure.atMs < PAUSE_MS) {
      for (const call of calls) call.fail(failure.error);
      this.#answerProbe(failure.error);
      return;
    }
    const features = new Float32Array(calls.length * width);
    calls.forEach((call, row) => features.set(call.features, row * width));
    const worker = this.#worker ?? this.#start();
    if (this.#batches.push(calls) === 1) {
      worker.hold();
      if (this.#isReady) this.#watch.restart(this.#options.timeoutMs);
    }
    worker.send({ rows: calls.length, features }, [features.buffer]);
  }

  /** Resolves when the worker answers, after it has been started again if it was lost. Rejects with why it does not. */
  check(): Promise<void> {
    // One that is at work is watched, and will answer or be lost.
    if (this.#batches.length > 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#probe = { resolve, reject };
      this.send([], 0);
    });
  }

  async stop(): Promise<void> {
    this.#watch.end();
    const [worker, opening] = [this.#worker, this.#opening];
    this.#worker = undefined;
    this.#opening = undefined;
    const closed = new LouverError('E_NOT_OPEN', 'the model was closed before it was open');
    opening?.reject(closed);
    this.#answerProbe(closed);
    await worker?.stop();
  }

  #answerProbe(error?: LouverError): void {
    const probe = this.#probe;
    this.#probe = undefined;
    if (error === undefined) probe?.resolve();
    else probe?.reject(error);
  }

  #start(): WorkerThread<ModelTask> {
    this.#isReady = false;
    this.#worker = startWorkerThread<ModelTask, ModelAnswer>({
      file: 'model-worker',
      data: this.#source,
      code: 'E_MODEL',
      onAnswer: (answer) => this.#answered(answer),
      onCrash: (reason) => this.#lost(new LouverError('E_MODEL', `the model's worker crashed: ${reason}`)),
    });
    this.#watch.restart(Math.max(OPEN_TIMEOUT_MS, this.#options.timeoutMs));
    return this.#worker;
  }

  #answered(answer: ModelAnswer): void {
    if (answer.kind === 'refused') return this.#lost(new LouverError('E_MODEL', withoutCode(answer.error)));
    if (answer.kind === 'ready') this.#opened(answer);
    else this.#ran(answer);
    if (this.#batches.length > 0) this.#watch.restart(this.#options.timeoutMs);
    else {
      this.#watch.pause();
      this.#worker?.release();
    }
    if (answer.kind !== 'ready') this.#options.onRoom();
  }

  #opened(ready: ModelReady): void {
    this.#isReady = true;
    const { file, located, identity }: KeptModel = ready;
    this.#source = { file, located, identity };
    this.#opening?.resolve(ready);
    this.#opening = undefined;
  }

  #ran(answer: TaskAnswer): void {
    const calls = this.#batches.shift();
    if (!calls) return;
    this.#failure = undefined;
    this.#answerProbe();
    const { outputs, inferenceMs, errors } = answer;
    const width = outputs.length / calls.length;
    calls.forEach((call, row) => {
      const error = errors.get(row);
      if (error === undefined) call.answer(outputs, row * width, inferenceMs);
      else call.fail(new LouverError('E_MODEL', withoutCode(error)));
    });
  }

  #hung(limitMs: number): void {
    const what = this.#isReady ? 'the model has not answered' : 'the model was not opened';
    this.#lost(new LouverError('E_TIMEOUT', `${what} within ${limitMs} ms: its worker was ended`));
  }

  /** The worker is gone, and with it what it was running. The next batch starts another. */
  #lost(error: LouverError): void {
    const opening = this.#opening;
    this.#opening = undefined;
    this.#answerProbe(error);
    void this.stop();
    if (opening) return opening.reject(error);
    const [running = [], ...notBegun] = this.#batches;
    this.#batches = [];
    const whileStarting = !this.#isReady;
    this.#failure = { error, atMs: performance.now(), whileStarting };
    const { logger, metrics } = this.#options.context;
    logger.error('model worker lost', { reason: error.message, lost: running.length });
    metrics.count('model_workers_lost_total');
    // Before the others fail: they may lead to another model, which takes what waits.
    this.#options.onReturn(notBegun.flat());
    for (const call of running) call.fail(error);
    this.#options.onRoom();
  }
}
