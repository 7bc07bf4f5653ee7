import { setMaxListeners } from 'node:events';
import type { Context } from '../component.js';
import { withDeadline } from '../deadline.js';
import { LouverError } from '../errors.js';
import type { Recording } from '../event.js';
import type { RecordingStore } from '../recording-store.js';
import { backoffMs } from '../retry.js';
import { OutageLog } from './outage-log.js';

export interface RecordingKeeperOptions {
  readonly store: RecordingStore;
  readonly context: Context;
  /** The end: nothing is stored after it, the journal has what is still waited for. */
  readonly signal: AbortSignal;
}

const RETRY = { baseMs: 100, maxMs: 2_000 };
/** How long rows wait for a disk that has no room, or hangs: some seconds for who deletes files, not until the journal is full. */
const PATIENCE_MS = 10_000;
/** For one attempt afterwards: all that wait for a disk that hangs must not fill the room for recordings for longer. */
const IMPATIENT_MS = 1_000;
/** An outage that comes so soon after a longer one is the same: on a full disk there is room for a small one now and then, or for one that is there. */
const RELAPSE_MS = 60_000;

/** Whether an outage is over is found out without another recording too: devices may have stopped sending them. */
const LOOK_MS = 5_000;

interface Outage {
  error: LouverError;
  /** Aborts when nothing waits for its end any more. */
  readonly patience: AbortController;
  notKept: number;
  /** Of those that were not kept. */
  last?: Recording;
}

/**
 * Keeps a recording before its row is stored. From the beginning of an outage rows wait for 10 s, and their recordings are tried again; from then on each
 * is tried once, and its row is stored without it: rows are what was promised, and the journal is not held up for what is beside them.
 */
export class RecordingKeeper {
  readonly #log: OutageLog;
  #outage: Outage | undefined;
  /** When an outage ended that was longer than anybody waits for. */
  #longEndedMs = -Infinity;

  constructor(private readonly options: RecordingKeeperOptions) {
    this.#log = new OutageLog(options.context, {
      failing: 'recording not kept',
      over: 'recordings are kept again',
    });
  }

  /** Why recordings are not kept now. */
  get trouble(): LouverError | undefined {
    return this.#outage?.error;
  }

  /** Resolves when its row may be stored; never rejects. */
  async keep(recording: Recording): Promise<void> {
    const { store, context, signal } = this.options;
    const { clock, random } = context;
    const what = `${store.name}: keeping ${recording.bytes.byteLength} bytes`;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const timeoutMs = this.#outage?.patience.signal.aborted === true ? IMPATIENT_MS : PATIENCE_MS;
      try {
        await withDeadline(clock, timeoutMs, what, (deadline) => store.keep(recording, deadline));
        return this.#kept();
      } catch (error) {
        const cause = LouverError.from(error, 'E_RECORDING_IO');
        if (!cause.retryable) return this.#refused(recording, cause);
        const { patience } = this.#failed(cause);
        if (patience.signal.aborted) return this.#givenUp(recording);
        await clock.sleep(backoffMs(attempt, RETRY, random), patience.signal);
      }
    }
  }

  #kept(): void {
    const outage = this.#outage;
    if (outage === undefined) return;
    if (outage.patience.signal.aborted) this.#longEndedMs = this.options.context.clock.now();
    this.#log.succeeded({ notKept: outage.notKept });
    this.#outage = undefined;
  }

  #failed(error: LouverError): Outage {
    const { context, signal } = this.options;
    if (this.#outage === undefined) {
      const patience = new AbortController();
      // Every recording that waits listens.
      setMaxListeners(0, patience.signal);
      const isRelapse = Math.abs(context.clock.now() - this.#longEndedMs) < RELAPSE_MS;
      if (isRelapse) patience.abort();
      else void context.clock.sleep(PATIENCE_MS, signal).then(() => patience.abort());
      this.#outage = { error, patience, notKept: 0 };
      void this.#lookAgain(this.#outage);
    }
    this.#outage.error = error;
    this.#log.failed(error.message, { notKept: this.#outage.notKept });
    return this.#outage;
  }

  #givenUp(recording: Recording): void {
    if (this.options.signal.aborted) return;
    if (this.#outage !== undefined) {
      this.#outage.notKept++;
      this.#outage.last = recording;
    }
    this.options.context.metrics.count('recordings_not_kept_total');
  }

  /** With the last one that was not kept: it is there after all then. */
  async #lookAgain(outage: Outage): Promise<void> {
    const { store, context, signal } = this.options;
    const { clock } = context;
    for (;;) {
      await clock.sleep(LOOK_MS, signal);
      if (signal.aborted || this.#outage !== outage) return;
      const { last } = outage;
      if (last === undefined) continue;
      const keeping = withDeadline(clock, IMPATIENT_MS, store.name, (deadline) => store.keep(last, deadline));
      const isKept = await keeping.then(
        () => true,
        () => false,
      );
      if (isKept && this.#outage === outage) return this.#kept();
    }
  }

  #refused({ sha256 }: Recording, cause: LouverError): void {
    const { logger, metrics } = this.options.context;
    metrics.count('recordings_not_kept_total');
    logger.error('recording not kept', { sha256, error: cause.message });
  }
}
