import type { InboundMessage } from '../codec.js';
import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { CommandSeen } from '../event.js';
import type { JournalEntry } from '../journal.js';
import { backoffMs } from '../retry.js';
import type { RowKey, StorageAdapter } from '../storage.js';
import type { TableName } from '../tables.js';
import type { Attribution } from './attribution.js';
import { readingKey } from './reading-row.js';
import { legacyPredictionRow, rowOf, windowId, type TableRow } from './rows.js';
import type { SeenWindow } from './seen-window.js';

/** As long as the writers of tables wait: what is new is to be stored within 2 s of storage's return. */
const RETRY = { baseMs: 100, maxMs: 1_000 };
/** Name in the window: a legacy command that has had its prediction made. */
const PREDICTED = 'window_actions:predicted';

export interface CommandRowsOptions {
  readonly attribution: Attribution;
  readonly window: SeenWindow;
  readonly storage: StorageAdapter;
  /** Resolves once storage is open. */
  readonly storageReady: Promise<void>;
  readonly context: Context;
  readonly signal: AbortSignal;
  readonly onOutcome: (table: TableName, error: LouverError | undefined) => void;
}

/**
 * Rows of commands that are read back while the engine is elsewhere. A legacy service's makes two, what was done and what was predicted
 * (P-27). The second one has the id of the request, so that a copy of the command, which may meet another request, is recognised by the
 * first: a command whose action is known makes no prediction again.
 */
export class CommandRows {
  /** Those that wait for storage's word keep their order. */
  #waiting = 0;
  #line: Promise<readonly TableRow[]> = Promise.resolve([]);

  constructor(private readonly options: CommandRowsOptions) {}

  /** Called in the order of the journal. */
  of(
    { position, stored, inDoubt }: JournalEntry,
    event: CommandSeen,
    message: InboundMessage,
  ): readonly TableRow[] | Promise<readonly TableRow[]> {
    const { attribution, window } = this.options;
    const { event: attributed, legacy } = attribution.attribute(position, event);
    const action = rowOf(attributed, message);
    if (legacy === undefined) return [action];
    const rows = [action, legacyPredictionRow(attributed, legacy)];
    if (!event.identified) return rows;
    const { commandId, timestampMs } = event.command;
    if (window.seen(PREDICTED, windowId(action), timestampMs)) return this.#inLine([action]);
    // What storage may have of it comes from this very record.
    if (stored.includes('window_actions') || inDoubt.includes('window_actions')) return this.#inLine(rows);
    const key = { ...readingKey(event), id: commandId };
    return window.reachesBeyond(key.fromMs) ? this.#wait(() => this.#unlessStored(key, rows)) : this.#inLine(rows);
  }

  #inLine(rows: readonly TableRow[]): readonly TableRow[] | Promise<readonly TableRow[]> {
    return this.#waiting === 0 ? rows : this.#wait(async () => rows);
  }

  #wait(work: () => Promise<readonly TableRow[]>): Promise<readonly TableRow[]> {
    this.#waiting++;
    this.#line = this.#line.then(work).finally(() => this.#waiting--);
    return this.#line;
  }

  async #unlessStored(key: RowKey, rows: readonly TableRow[]): Promise<readonly TableRow[]> {
    const { storage, storageReady, window, signal, context, onOutcome } = this.options;
    await storageReady;
    for (let attempt = 0; !signal.aborted; attempt++) {
      // Until storage is open nobody knows how far back it reaches.
      if (storage.present === undefined || !window.reachesBeyond(key.fromMs)) return rows;
      try {
        const [present] = await storage.present('window_actions', [key], signal);
        onOutcome('window_actions', undefined);
        return present === true ? [] : rows;
      } catch (error) {
        onOutcome('window_actions', LouverError.from(error, 'E_STORAGE_UNAVAILABLE'));
        await context.clock.sleep(backoffMs(attempt, RETRY, context.random), signal);
      }
    }
    return [];
  }
}
