import type { Context } from '../component.js';
import { durableReceipt, type DurableReceipt } from '../delivery.js';
import { LouverError, type LouverErrorCode } from '../errors.js';
import type { EpochMs } from '../event.js';
import type { Journal, Position } from '../journal.js';
import { backoffMs } from '../retry.js';
import { countShed } from './intake-count.js';
import { byKeeper, halvesOf, type ReceivedBatch } from './received-batch.js';

const RETRY = { baseMs: 50, maxMs: 2_000 };
/** Too much at once, or one record that no journal can keep. */
const PARTLY: ReadonlySet<LouverErrorCode> = new Set(['E_JOURNAL_FULL', 'E_CONFIG']);

export interface AppendLineOptions {
  readonly journal: Journal;
  readonly context: Context;
  readonly signal: AbortSignal;
  readonly onAppended: (batch: ReceivedBatch, first: Position, receipt: DurableReceipt) => void;
  /** The journal has no room for it now. */
  readonly onHeld: (batch: ReceivedBatch) => void;
  readonly onError: (error: LouverError) => void;
}

/**
 * The way into the journal. What it has no room for waits in line, at most the transport's `maxUnsettled` deliveries, since those are not
 * settled meanwhile; QoS 0 is shed then, nobody would send it again. Records of our own go past the line.
 */
export class AppendLine {
  #appending = 0;
  /** Oldest first. */
  readonly #held: ReceivedBatch[] = [];
  #retrying: Promise<void> | undefined;
  #trouble: LouverError | undefined;
  /** Since there was no room. */
  #shedCount = 0;
  #late: { sinceMs: EpochMs; upTo: Position } | undefined;
  #last: Position = 0;
  readonly #idleWaiters: (() => void)[] = [];

  constructor(private readonly options: AppendLineOptions) {}

  /** Why the journal takes nothing now. */
  get trouble(): LouverError | undefined {
    return this.#trouble;
  }

  /** When the oldest was received, at the earliest, of what lies in the journal behind `readUpTo` or will: what waited is behind younger ones. */
  notBeforeMs(readUpTo: Position): EpochMs {
    if (this.#late !== undefined && this.#retrying === undefined && readUpTo >= this.#late.upTo) this.#late = undefined;
    return this.#late?.sinceMs ?? Infinity;
  }

  /** Resolves when the journal has the batch; at once when it waits in line. */
  async take(batch: ReceivedBatch): Promise<void> {
    this.#appending++;
    if (this.#retrying !== undefined && !batch.own) return this.#hold(batch);
    const refused = await this.#tryAppend(batch);
    if (refused !== undefined) this.#hold(batch, refused);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    if (this.#appending > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Resolves to the error when it is worth another try. */
  async #tryAppend(batch: ReceivedBatch): Promise<LouverError | undefined> {
    const { journal, onAppended, onError } = this.options;
    try {
      const { first, receipt } = await journal.append(batch.records, batch.own ? { own: true } : undefined);
      if (!batch.own || this.#retrying === undefined) this.#trouble = undefined;
      if (this.#retrying === undefined) this.#shedOver();
      this.#last = first + batch.records.length - 1;
      if (this.#late !== undefined) this.#late.upTo = this.#last;
      onAppended(batch, first, receipt);
    } catch (error) {
      const cause = LouverError.from(error, 'E_JOURNAL_IO');
      if (cause.retryable) {
        // Said once: what is shed is not tried again, and may be much.
        if (this.#trouble === undefined) onError(cause);
        this.#trouble = cause;
        return cause;
      }
      // It may be about one of them: the others must not wait with it.
      if (PARTLY.has(cause.code) && batch.records.length > 1) {
        for (const half of halvesOf(batch)) await this.take(half);
      } else {
        this.#trouble = cause;
        // Held, not lost: the sender still has it. Without a retry it is redelivered after the restart.
        onError(cause);
      }
    }
    this.#over(1);
    return undefined;
  }

  #hold(batch: ReceivedBatch, cause?: LouverError): void {
    if (!batch.looked) this.options.onHeld(batch);
    batch.looked = true;
    const { ours, theirs } = byKeeper(batch);
    if (ours.length > 0) this.#shed(ours);
    if (ours.length > 0 && theirs.records.length === 0) this.#over(1);
    else this.#held.push(theirs);
    const sinceMs = Math.min(this.#late?.sinceMs ?? Infinity, batch.records[0]?.receivedAtMs ?? Infinity);
    this.#late = { sinceMs, upTo: this.#last };
    // With nothing held it would be over before it is known here, and what comes later would wait for it for ever.
    if (cause !== undefined && this.#held.length > 0) this.#retrying ??= this.#retry(cause);
  }

  #shed(deliveries: ReceivedBatch['deliveries']): void {
    const { context } = this.options;
    const receipt = durableReceipt('none', context.clock.now());
    for (const delivery of deliveries) delivery.ack(receipt);
    context.metrics.count('shed_total', undefined, deliveries.length);
    countShed(context.metrics, deliveries.length);
    if (this.#shedCount === 0) context.logger.warn('QoS 0 messages are shed while the journal has no room');
    this.#shedCount += deliveries.length;
  }

  #shedOver(): void {
    if (this.#shedCount === 0) return;
    this.options.context.logger.warn('the journal has room again, QoS 0 messages were shed', {
      count: this.#shedCount,
    });
    this.#shedCount = 0;
  }

  /** In order: what comes in the meantime waits behind. */
  async #retry(first: LouverError): Promise<void> {
    const { context, onError, signal } = this.options;
    let cause: LouverError | undefined = first;
    for (let attempt = 0; this.#held.length > 0; attempt++) {
      if (cause !== undefined) {
        if (attempt > 0) onError(cause);
        await context.clock.sleep(backoffMs(attempt, RETRY, context.random), signal);
      }
      const batches = this.#held.splice(0);
      if (signal.aborted) {
        this.#over(batches.length);
        continue;
      }
      // All in one turn, so that none of them takes the room that another one before it was refused.
      const outcomes = await Promise.all(batches.map((batch) => this.#tryAppend(batch)));
      cause = outcomes.find((outcome) => outcome !== undefined);
      const refused = batches.filter((_, i) => outcomes[i] !== undefined);
      // There may be room for a part.
      const parts = refused.flatMap((batch) => (batch.records.length > 1 ? halvesOf(batch) : [batch]));
      this.#appending += parts.length - refused.length;
      this.#held.unshift(...parts);
    }
    this.#retrying = undefined;
    this.#shedOver();
  }

  #over(batches: number): void {
    this.#appending -= batches;
    if (this.#appending === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}
