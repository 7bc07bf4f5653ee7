import type { Context, Health } from '../component.js';
import { LouverError } from '../errors.js';
import { backoffMs } from '../retry.js';
import type { StorageAdapter } from '../storage.js';
import type { TableName } from '../tables.js';

const RETRY = { baseMs: 250, maxMs: 15_000 };

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
  #retrying: Promise<void> = Promise.resolve();

  constructor(
    private readonly storage: StorageAdapter,
    private readonly context: Context,
  ) {
    this.ready = new Promise((resolve) => (this.#markReady = resolve));
  }

  /**
   * Tries once; while storage is away goes on trying in the background. Rejects for what trying again cannot mend.
   * @param recall reads back what the pipeline must know before anything is written.
   */
  async open(recall: () => Promise<void>): Promise<void> {
    if (await this.#attempt(recall)) return;
    this.#retrying = this.#retry(recall);
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
  away(): Promise<void> {
    if (!this.health().ok) return Promise.resolve();
    return new Promise((resolve) => this.#failureWaiters.push(resolve));
  }

  health(): Health {
    if (this.#error !== undefined) return { ok: false, reason: this.#error.message };
    for (const [table, error] of this.#refusing) return { ok: false, reason: `${table}: ${error.message}` };
    return { ok: true };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#retrying;
    if (this.#opened) await this.storage.close();
  }

  async #retry(recall: () => Promise<void>): Promise<void> {
    const { clock, logger, random } = this.context;
    for (let attempt = 0; !this.#stop.signal.aborted; attempt++) {
      const delayMs = Math.round(backoffMs(attempt, RETRY, random));
      logger.warn('storage is away, trying again', { delayMs, error: this.#error?.message });
      await clock.sleep(delayMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      try {
        if (await this.#attempt(recall)) return;
      } catch (error) {
        // Reached at last, and refused: what is received stays in the journal until somebody mends it.
        logger.error('storage refused', { error: String(error) });
      }
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
