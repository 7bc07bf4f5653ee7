import type { Context, Health } from '../component.js';
import { LouverError } from '../errors.js';
import { backoffMs } from '../retry.js';
import type { StorageAdapter } from '../storage.js';
import type { TableName } from '../tables.js';
import { OutageLog } from './outage-log.js';

/**
 * Opening takes a while itself, and a fresh reading is to be stored within 2 s of the end of an outage. It costs a database that is away four
 * small requests a second at the most: an attempt ends with its first question that fails.
 */
const RETRY = { baseMs: 250, maxMs: 500 };

/** A database that takes the connection and says nothing must not hold up receiving; one far away needs a second or two. */
const PATIENCE_MS = 5_000;

const LOOK_MS = 250;

/** Opens storage, again and again while it is away, and knows how it is doing. */
export class StorageDoor {
  /** Resolves once storage is open and {@link StorageDoor.open}'s `recall` has run. */
  readonly ready: Promise<void>;
  #markReady: () => void = () => {};
  #error: LouverError | undefined = new LouverError('E_STORAGE_UNAVAILABLE', 'not opened yet');
  /** One table may fail while the others do not. */
  readonly #refusing = new Map<TableName, LouverError>();
  #opened = false;
  readonly #failureWaiters: (() => void)[] = [];
  readonly #stop = new AbortController();
  readonly #log: OutageLog;
  #retrying: Promise<void> = Promise.resolve();

  constructor(
    private readonly storage: StorageAdapter,
    private readonly context: Context,
  ) {
    this.ready = new Promise((resolve) => (this.#markReady = resolve));
    this.#log = new OutageLog(context, { failing: 'storage not opened, trying again', over: 'storage is there' });
  }

  /**
   * Tries once; while storage is away, or has not answered within 5 s, goes on trying in the background. Rejects for what trying again
   * cannot mend, when that is known by then.
   * @param recall reads back what the pipeline must know before anything is written.
   */
  async open(recall: () => Promise<void>): Promise<void> {
    const first = this.#attempt(recall);
    const answered = new AbortController();
    const patience = this.context.clock.sleep(PATIENCE_MS, answered.signal).then(() => 'late' as const);
    const outcome = await Promise.race([first, patience]).finally(() => answered.abort());
    if (outcome === true) return;
    if (outcome === 'late') {
      const message = `${this.storage.name} has not answered for ${PATIENCE_MS / 1000} s`;
      this.#error = new LouverError('E_STORAGE_UNAVAILABLE', message);
    }
    this.#retrying = this.#retry(first, recall);
  }

  /** What the last write to a table said. */
  outcome(table: TableName, error: LouverError | undefined): void {
    if (error === undefined) {
      this.#refusing.delete(table);
      return;
    }
    this.#refusing.set(table, error);
    for (const resolve of this.#failureWaiters.splice(0)) resolve();
  }

  /** Resolves when storage is away, at once if it is now: what a goodbye does not wait beyond. */
  async away(): Promise<void> {
    const { signal } = this.#stop;
    while (this.health().ok && !signal.aborted) {
      // One that falls silent says nothing by itself.
      const failure = new Promise<void>((resolve) => this.#failureWaiters.push(resolve));
      await Promise.race([failure, this.context.clock.sleep(LOOK_MS, signal)]);
    }
  }

  health(): Health {
    for (const [table, error] of this.#refusing) return { ok: false, reason: `${table}: ${error.message}` };
    const own = this.storage.health?.() ?? { ok: true };
    if (!own.ok || this.#error === undefined) return own;
    return { ok: false, reason: this.#error.message };
  }

  /** Asks an open storage; one that is not is being tried all the time. */
  async check(signal: AbortSignal): Promise<void> {
    if (this.#opened && this.#error === undefined) await this.storage.check?.(signal);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    // Ends an opening that waits for an answer.
    if (!this.#opened) await this.storage.close();
    await this.#retrying;
    if (this.#opened) await this.storage.close();
  }

  async #retry(first: Promise<boolean>, recall: () => Promise<void>): Promise<void> {
    const { clock, random } = this.context;
    const { signal } = this.#stop;
    for (let trying = first, attempt = 0; ; trying = this.#attempt(recall), attempt++) {
      // Reached at last, and refused: what is received stays in the journal until somebody mends it.
      const isOpen = await trying.catch(() => false);
      if (isOpen) return this.#log.succeeded({});
      if (signal.aborted) return;
      const delayMs = Math.round(backoffMs(attempt, RETRY, random));
      this.#log.failed(this.#error?.message ?? '', { delayMs });
      await clock.sleep(delayMs, signal);
      if (signal.aborted) return;
    }
  }

  async #attempt(recall: () => Promise<void>): Promise<boolean> {
    try {
      if (!this.#opened) await this.storage.open(this.context);
      this.#opened = true;
      await recall();
    } catch (error) {
      this.#error = LouverError.from(error, 'E_STORAGE_UNAVAILABLE');
      if (!this.#error.retryable) throw this.#error;
      return false;
    }
    this.#error = undefined;
    this.#markReady();
    return true;
  }
}
