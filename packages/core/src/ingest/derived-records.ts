import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { DerivedRecord, Journal, Position } from '../journal.js';
import { backoffMs } from '../retry.js';

const RETRY = { baseMs: 50, maxMs: 2_000 };
/** Some 30 KiB: fits the smallest journal. */
const APPEND_RECORDS = 100;
/** Some 10 MiB. */
const MAX_WAITING = 32_768;

export interface DerivedRecordsOptions {
  readonly journal: Journal;
  readonly context: Context;
  /** The journal has got them up to here. */
  readonly onAppended: (last: Position) => void;
  readonly onError: (error: LouverError) => void;
}

/**
 * Rows of our own (predictions, device events) on their way to the journal. Nobody waits for them: while the journal is full they wait here,
 * up to a bound, and control goes on.
 */
export class DerivedRecords {
  readonly #waiting: DerivedRecord[] = [];
  readonly #stop = new AbortController();
  #appending: Promise<void> | undefined;

  constructor(private readonly options: DerivedRecordsOptions) {}

  add(records: readonly DerivedRecord[]): void {
    if (this.#waiting.length + records.length > MAX_WAITING) return this.#drop(records.length);
    this.#waiting.push(...records);
    this.#appending ??= this.#append();
  }

  /** Resolves when the journal has all of them. */
  async idle(): Promise<void> {
    await this.#appending;
  }

  /** What the journal does not take now is given up. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#appending;
  }

  async #append(): Promise<void> {
    const { journal, context, onAppended, onError } = this.options;
    for (let attempt = 0; this.#waiting.length > 0;) {
      const records = this.#waiting.slice(0, APPEND_RECORDS);
      try {
        const { first } = await journal.append(records, { own: true });
        this.#waiting.splice(0, records.length);
        attempt = 0;
        onAppended(first + records.length - 1);
      } catch (error) {
        const cause = LouverError.from(error, 'E_JOURNAL_IO');
        onError(cause);
        if (!cause.retryable || this.#stop.signal.aborted) this.#drop(this.#waiting.splice(0).length);
        else await context.clock.sleep(backoffMs(attempt++, RETRY, context.random), this.#stop.signal);
      }
    }
    this.#appending = undefined;
  }

  #drop(records: number): void {
    this.options.context.metrics.count('derived_dropped_total', undefined, records);
  }
}
