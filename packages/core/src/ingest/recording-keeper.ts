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
  /** Of an outage that has begun within 10 s, also when it is over: one that comes so soon is the same. */
  #patience: AbortController | undefined;
  #gaveUpMs = -Infinity;
  #looking = false;

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
    // Of the first failure: an outage that is over for others, whose files are there already, say, must not make this one wait anew.
    let patience: AbortSignal | undefined;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const timeoutMs = this.#outage?.patience.signal.aborted === true ? IMPATIENT_MS : PATIENCE_MS;
      try {
        await withDeadline(clock, timeoutMs, what, (deadline) => store.keep(recording, deadline));
        return this.#kept();
      } catch (error) {
        const cause = LouverError.from(error, 'E_RECORDING_IO');
        if (!cause.retryable) return this.#refused(recording, cause);
        const outage = this.#failed(cause);
        patience ??= outage.patience.signal;
        if (patience.aborted) return this.#givenUp(recording);
        await clock.sleep(backoffMs(attempt, RETRY, random), patience);
      }
    }
  }

  #kept(): void {
    const outage = this.#outage;
    if (outage === undefined) return;
    this.#log.succeeded({ notKept: outage.notKept });
    this.#outage = undefined;
  }

  #failed(error: LouverError): Outage {
    if (this.#outage === undefined) {
      this.#outage = { error, patience: this.#patienceNow(), notKept: 0 };
      void this.#lookAgain();
    }
    this.#outage.error = error;
    this.#log.failed(error.message, { notKept: this.#outage.notKept });
    return this.#outage;
  }

  #patienceNow(): AbortController {
    if (this.#patience !== undefined) return this.#patience;
    const { context, signal } = this.options;
    const { clock } = context;
    const patience = new AbortController();
    if (Math.abs(clock.now() - this.#gaveUpMs) < RELAPSE_MS) {
      patience.abort();
      return patience;
    }
    // Every recording that waits listens.
    setMaxListeners(0, patience.signal);
    this.#patience = patience;
    void clock.sleep(PATIENCE_MS, signal).then(() => {
      patience.abort();
      this.#patience = undefined;
    });
    return patience;
  }

  #givenUp(recording: Recording): void {
    if (this.options.signal.aborted) return;
    const { clock, metrics } = this.options.context;
    this.#gaveUpMs = clock.now();
    if (this.#outage !== undefined) {
      this.#outage.patience.abort();
      this.#outage.notKept++;
      this.#outage.last = recording;
    }
    metrics.count('recordings_not_kept_total');
  }

  /** With the last one that was not kept: it is there after all then. */
  async #lookAgain(): Promise<void> {
    const { store, context, signal } = this.options;
    const { clock } = context;
    if (this.#looking) return;
    this.#looking = true;
    while (this.#outage !== undefined && !signal.aborted) {
      await clock.sleep(LOOK_MS, signal);
      const outage = this.#outage;
      if (outage?.last === undefined || signal.aborted) continue;
      const { last } = outage;
      const keeping = withDeadline(clock, IMPATIENT_MS, store.name, (deadline) => store.keep(last, deadline));
      const isKept = await keeping.then(
        () => true,
        () => false,
      );
      if (isKept && this.#outage === outage) this.#kept();
    }
    this.#looking = false;
  }

  #refused({ sha256 }: Recording, cause: LouverError): void {
    const { logger, metrics } = this.options.context;
    metrics.count('recordings_not_kept_total');
    logger.error('recording not kept', { sha256, error: cause.message });
  }
}
