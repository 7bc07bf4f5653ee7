import { LouverError, type Context } from '@louver/core';
import type { ModelManifest } from '../onnx/model-manifest.js';
import { CallQueue, type Queued } from './call-queue.js';
import { ModelLane, type LaneCall } from './model-lane.js';
import type { KeptModel, ModelReady } from './model-messages.js';

export interface ModelPoolOptions {
  readonly workers: number;
  readonly queueLimit: number;
  readonly timeoutMs: number;
  readonly context: Context;
}

export interface PoolCall extends Queued, LaneCall {
  /** Answered, failed or given up: nobody waits for it. */
  readonly isSettled: boolean;
}

/** Told late: the first worker is there before its pool is. */
interface PoolEvents {
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
  readonly #lanes: ModelLane<Call>[];
  readonly #options: ModelPoolOptions;
  readonly #waiting = new CallQueue<Call>();
  #scheduled = false;
  #idleWaiters: (() => void)[] = [];

  private constructor(ready: ModelReady, first: ModelLane<Call>, options: ModelPoolOptions, events: PoolEvents) {
    const { file, located, maxRows, maxFeature } = ready;
    this.model = { file, located };
    this.maxFeature = maxFeature;
    this.#maxRows = maxRows;
    this.#options = options;
    events.onRoom = () => this.#dispatch();
    const others = Array.from({ length: options.workers - 1 }, () => laneOf<Call>(this.model, options, events));
    this.#lanes = [first, ...others];
  }

  /** Checks the model in one worker, then lets it serve in all; rejects with `E_MODEL` in words when it is refused. */
  static async open<Call extends PoolCall>(
    source: KeptModel | { readonly path: string },
    options: ModelPoolOptions,
  ): Promise<ModelPool<Call>> {
    const events: PoolEvents = { onRoom: () => undefined };
    const first = laneOf<Call>(source, options, events);
    const pool = new ModelPool<Call>(await first.open(), first, options, events);
    await Promise.all(pool.#lanes.slice(1).map((lane) => lane.open()));
    return pool;
  }

  get manifest(): ModelManifest {
    return this.model.located.manifest;
  }

  /** Why a worker ended last, until a model answers again. */
  get crash(): string | undefined {
    return this.#lanes.find(({ crash }) => crash !== undefined)?.crash;
  }

  /** Lets a call in and gives the one whose place it takes; throws `E_OVERLOADED` when too many wait. */
  submit(call: Call): Call | undefined {
    const { queueLimit } = this.#options;
    if (this.#waiting.size >= queueLimit && !this.#waiting.has(call.deviceId)) {
      throw new LouverError('E_OVERLOADED', `${queueLimit} predictions are waiting already: try again later`);
    }
    const superseded = this.#waiting.push(call);
    // What is asked in the same turn runs together.
    if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(() => {
        this.#scheduled = false;
        this.#dispatch();
      });
    }
    return superseded;
  }

  /** Whether a call for the device waits: one more would take its place. */
  hasWaiting(deviceId: string | undefined): boolean {
    return this.#waiting.has(deviceId);
  }

  /** Takes every call that waits out of the line. */
  evict(): readonly Call[] {
    return this.#waiting.take(Infinity);
  }

  /** Takes out of the line what nobody waits for any more. */
  dropSettled(): void {
    this.#waiting.drop((call) => call.isSettled);
    this.#dispatch();
  }

  /** Resolves when every call is answered. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Answers what has been let in, then ends the workers. */
  async close(): Promise<void> {
    await this.idle();
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
    const calls = this.#waiting.take(Math.min(atMost, this.#maxRows));
    this.#options.context.metrics.observe('prediction_batch_rows', calls.length);
    try {
      lane.send(calls, this.manifest.columns.length);
    } catch (error) {
      const failure = LouverError.from(error, 'E_MODEL');
      for (const call of calls) call.fail(failure);
    }
  }
}

function laneOf<Call extends PoolCall>(
  source: KeptModel | { readonly path: string },
  { timeoutMs, context }: ModelPoolOptions,
  events: PoolEvents,
): ModelLane<Call> {
  return new ModelLane(source, { timeoutMs, context, onRoom: () => events.onRoom() });
}
