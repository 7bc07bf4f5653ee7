import type { Context } from '../component.js';
import type { Journal, JournalEntry, Position } from '../journal.js';
import type { Room } from './room.js';
import { timeSlice } from './time-slice.js';

export interface PostponedOptions {
  readonly journal: Journal;
  readonly context: Context;
  readonly signal: AbortSignal;
  /** What must be free before one of them is taken up again. */
  readonly rooms: readonly Room[];
  readonly take: (entry: JournalEntry) => void;
  /** They are not in the journal any more: nothing can be done for them. */
  readonly onLost: (positions: readonly Position[]) => void;
}

/**
 * Recordings that come faster than they are analysed. They stay in the journal, of each its position is kept, and they are read again when
 * there is room: so they hold up neither the readings behind them nor the memory.
 */
export class Postponed {
  readonly #positions = new Set<Position>();
  #reading: Promise<void> | undefined;

  constructor(private readonly options: PostponedOptions) {}

  /** Whether some wait: what comes now has its place behind them. */
  get any(): boolean {
    return this.#positions.size > 0;
  }

  /** One recording: where it lies, or its parts. */
  add(positions: readonly Position[]): void {
    for (const position of positions) this.#positions.add(position);
    this.options.context.metrics.count('recordings_postponed_total');
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
  }

  /** After `signal` aborted. */
  async finished(): Promise<void> {
    await this.#reading;
  }

  async #read(): Promise<void> {
    const { signal } = this.options;
    while (this.#positions.size > 0 && !signal.aborted) {
      try {
        await this.#readOnce();
      } catch (error) {
        // They are in the journal, for the next start.
        this.options.context.logger.error('journal not readable', { error: String(error) });
        return;
      }
    }
  }

  async #readOnce(): Promise<void> {
    const { journal, signal, rooms, take, onLost, context } = this.options;
    // What is added meanwhile may lie before what is being read.
    const wanted = [...this.#positions].sort((a, b) => a - b);
    const left = new Set(wanted);
    const slice = timeSlice();
    let upTo: Position = 0;
    for await (const entries of journal.read({ follow: false, signal, from: wanted[0]! })) {
      for (const entry of entries) {
        upTo = entry.position;
        if (!left.has(upTo)) continue;
        for (const room of rooms) await room.opened();
        if (signal.aborted) return;
        left.delete(upTo);
        this.#positions.delete(upTo);
        take(entry);
        await slice.over();
      }
      if (left.size === 0) return;
    }
    if (signal.aborted) return;
    // On a disk that has gone bad since; to look for them again and again would help nobody.
    const lost = [...left].filter((position) => position <= upTo || upTo === 0);
    for (const position of lost) this.#positions.delete(position);
    if (lost.length === 0) return;
    context.logger.error('recordings cannot be read again, they are not stored', { recordings: lost.length });
    onLost(lost);
  }
}
