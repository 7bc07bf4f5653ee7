import { LouverError, type Context } from '@louver/core';
import type { ModelManifest } from '../onnx/model-manifest.js';
import { CallQueue, type Queued } from './call-queue.js';
import { ModelLane, type LaneCall } from './model-lane.js';
import type { KeptModel, ModelReady, ModelWorkerData } from './model-messages.js';

export interface ModelPoolOptions {
  readonly workers: number;
  readonly queueLimit: number;
  readonly timeoutMs: number;
  readonly context: Context;
}

export interface PoolCall extends Queued, LaneCall {
  /** Answered, failed or given up: nobody waits for it. */
  readonly isSettled: boolean;
  /** By the machine's clock. */
  readonly askedAtMs: number;
}

/** Told late: the first worker is there before its pool is. */
interface PoolEvents<Call> {
  onReturn: (calls: readonly Call[]) => void;
  onRoom: () => void;
}

/**
 * The workers of one model. Calls wait in one line, at most `queueLimit`; every worker takes what waits together, up to what one run may
 * hold, and has a queue of its own. Of a device, only the newest call waits.
 */
export class ModelPool<Call extends PoolCall> {
  readonly model: KeptModel;
  /** Largest number that a feature may be, either way. */
  readonly maxFeature: number;
  readonly #maxRows: number;
  readonly #lanes: readonly ModelLane<Call>[];
  readonly #options: ModelPoolOptions;
  readonly #waiting = new CallQueue<Call>();
  #scheduled = false;
  #idleWaiters: (() => void)[] = [];

  private constructor(
    ready: ModelReady,
    lanes: readonly ModelLane<Call>[],
    options: ModelPoolOptions,
    events: PoolEvents<Call>,
  ) {
    const { file, located, identity, maxRows, maxFeature } = ready;
    this.model = { file, located, identity };
    this.maxFeature = maxFeature;
    this.#maxRows = maxRows;
    this.#options = options;
    this.#lanes = lanes;
    events.onReturn = (calls) => this.#waiting.putBack(calls);
    events.onRoom = () => this.#dispatch();
  }

  /**
   * Checks the model in one worker, then lets it serve in all; rejects with `E_MODEL` in words when it is refused, `E_NOT_OPEN` when `signal`
   * aborts. Nothing runs on after that.
   */
  static async open<Call extends PoolCall>(
    source: KeptModel | { readonly path: string },
    options: ModelPoolOptions,
    signal: AbortSignal,
  ): Promise<ModelPool<Call>> {
    const events: PoolEvents<Call> = { onReturn: () => undefined, onRoom: () => undefined };
    const { timeoutMs, context, workers } = options;
    const laneOf = (data: ModelWorkerData): ModelLane<Call> =>
      new ModelLane(data, {
        timeoutMs,
        context,
        onReturn: (calls) => events.onReturn(calls),
        onRoom: () => events.onRoom(),
      });
    const lanes = [laneOf(source)];
    const stopAll = (): Promise<unknown> => Promise.all(lanes.map((lane) => lane.stop()));
    const onAbort = (): void => void stopAll();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const ready = await lanes[0]!.open();
      const { file, located, identity } = ready;
      while (lanes.length < workers) lanes.push(laneOf({ file, located, identity }));
      await Promise.all(lanes.slice(1).map((lane) => lane.open()));
      return new ModelPool<Call>(ready, lanes, options, events);
    } catch (error) {
      await stopAll();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  get manifest(): ModelManifest {
    return this.model.located.manifest;
  }

  /** Why a worker ended last, until it answers again. */
  get crash(): string | undefined {
    return this.#lanes.find(({ crash }) => crash !== undefined)?.crash;
  }

  /** Resolves when every worker answers; a lost one is started again. Rejects with why one does not. */
  async check(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.check()));
  }

  /** Lets a call in; throws `E_OVERLOADED` when too many wait. */
  submit(call: Call): void {
    const { queueLimit, context } = this.#options;
    if (this.#waiting.size >= queueLimit && !this.#waiting.has(call.deviceId)) {
      context.metrics.count('predictions_refused_total');
      throw new LouverError('E_OVERLOADED', `${queueLimit} predictions are waiting already: try again later`);
    }
    this.#waiting.push(call);
    // What is asked in the same turn runs together.
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#dispatch();
    });
  }

  /** A later call for the device is asked of another model. */
  supersede(deviceId: string): void {
    if (this.#waiting.supersede(deviceId)) this.#dispatch();
  }

  /** Takes every call that waits out of the line. */
  evict(): readonly Call[] {
    return this.#waiting.takeAll();
  }

  /** Takes out of the line what nobody waits for any more. */
  dropSettled(): void {
    this.#waiting.drop((call) => call.isSettled);
    this.#dispatch();
  }

  /** Answers what has been let in, then ends the workers. */
  async close(): Promise<void> {
    if (!this.#isIdle()) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
  }

  #isIdle(): boolean {
    return this.#waiting.size === 0 && this.#lanes.every((lane) => lane.isIdle);
  }

  #dispatch(): void {
    // Workers that idle come first, and share what there is.
    let idle = this.#lanes.reduce((count, lane) => count + Number(lane.isIdle), 0);
    for (const lane of this.#lanes) {
      if (lane.isIdle && this.#waiting.size > 0) this.#send(lane, Math.ceil(this.#waiting.size / idle--));
    }
    for (const lane of this.#lanes) while (lane.hasRoom && this.#waiting.size > 0) this.#send(lane, this.#maxRows);
    if (this.#idleWaiters.length > 0 && this.#isIdle()) for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  #send(lane: ModelLane<Call>, atMost: number): void {
    const { metrics } = this.#options.context;
    const calls = this.#waiting.take(Math.min(atMost, this.#maxRows));
    metrics.observe('prediction_batch_rows', calls.length);
    const nowMs = performance.now();
    for (const { askedAtMs } of calls) metrics.observe('prediction_wait_ms', nowMs - askedAtMs);
    try {
      lane.send(calls, this.manifest.columns.length);
    } catch (error) {
      const failure = LouverError.from(error, 'E_MODEL');
      for (const call of calls) call.fail(failure);
    }
  }
}
