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
 * Rows of our own (predictions, device events) on their way to the journal, in order. While it is full they wait here, up to a bound, and
 * control goes on.
 */
export class DerivedRecords {
  readonly #waiting: DerivedRecord[] = [];
  readonly #stop = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #retrying: Promise<void> | undefined;

  constructor(private readonly options: DerivedRecordsOptions) {}

  /**
   * Resolves when the journal has them, so that what depends on them cannot be known before they are; at once when it has no room for them now.
   */
  async add(records: readonly DerivedRecord[]): Promise<void> {
    if (this.#retrying !== undefined) return this.#wait(records);
    const appending = this.#append(records);
    this.#underWay.add(appending);
    await appending.finally(() => this.#underWay.delete(appending));
  }

  /** Resolves when the journal has all of them. */
  async idle(): Promise<void> {
    await Promise.all(this.#underWay);
    await this.#retrying;
  }

  /** What the journal does not take now is given up. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.idle();
  }

  /** Called in one turn for all of them: those of another call come behind. */
  async #append(records: readonly DerivedRecord[]): Promise<void> {
    const parts: (readonly DerivedRecord[])[] = [];
    for (let i = 0; i < records.length; i += APPEND_RECORDS) parts.push(records.slice(i, i + APPEND_RECORDS));
    const outcomes = await Promise.all(parts.map((part) => this.#tryAppend(part)));
    const refused = parts.filter((_, i) => outcomes[i] === 'refused').flat();
    if (refused.length === 0) return;
    this.#wait(refused);
    this.#retrying ??= this.#retry().finally(() => (this.#retrying = undefined));
  }

  async #tryAppend(records: readonly DerivedRecord[]): Promise<'over' | 'refused'> {
    const { journal, onAppended, onError } = this.options;
    try {
      const { first } = await journal.append(records, { own: true });
      onAppended(first + records.length - 1);
    } catch (error) {
      const cause = LouverError.from(error, 'E_JOURNAL_IO');
      onError(cause);
      if (cause.retryable && !this.#stop.signal.aborted) return 'refused';
      this.#drop(records.length);
    }
    return 'over';
  }

  async #retry(): Promise<void> {
    const { context } = this.options;
    const { signal } = this.#stop;
    for (let attempt = 0; this.#waiting.length > 0;) {
      await context.clock.sleep(backoffMs(attempt, RETRY, context.random), signal);
      const records = this.#waiting.slice(0, APPEND_RECORDS);
      attempt = (await this.#tryAppend(records)) === 'refused' ? attempt + 1 : 0;
      if (attempt === 0) this.#waiting.splice(0, records.length);
    }
  }

  #wait(records: readonly DerivedRecord[]): void {
    if (this.#waiting.length + records.length > MAX_WAITING) return this.#drop(records.length);
    this.#waiting.push(...records);
  }

  #drop(records: number): void {
    this.options.context.metrics.count('derived_dropped_total', undefined, records);
  }
}
