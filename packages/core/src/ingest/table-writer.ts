import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { Journal, Position } from '../journal.js';
import { backoffMs } from '../retry.js';
import type { RowKey, StorageAdapter } from '../storage.js';
import { TABLE_IDENTITY, type TableName, type Tables } from '../tables.js';
import { OutageLog } from './outage-log.js';
import type { TableRow } from './rows.js';
import type { SeenWindow } from './seen-window.js';

/** All rows of one journal record for one table: they are stored together. */
export interface PendingRows {
  readonly position: Position;
  readonly rows: readonly TableRow[];
  /** A SENT without DONE was found: the rows may be there. */
  readonly inDoubt: boolean;
}

/** What it takes of the room for rows: a repetition waits too, and a flood of them must not wait in memory. */
export function roomOf({ rows }: PendingRows): number {
  return Math.max(1, rows.length);
}

export interface TableWriterOptions {
  readonly table: TableName;
  readonly storage: StorageAdapter;
  readonly journal: Journal;
  readonly window: SeenWindow;
  readonly context: Context;
  readonly maxRows: number;
  readonly maxDelayMs: number;
  /** Resolves once storage is open. */
  readonly storageReady: Promise<void>;
  readonly signal: AbortSignal;
  /** The rows of these positions are in the table; `room` is free again. */
  readonly onStored: (positions: readonly Position[], room: number) => void;
  /** Storage refuses this row for what it is. */
  readonly onRefused: (row: TableRow, cause: LouverError) => Promise<void>;
  /** Every attempt's outcome: what health reports. */
  readonly onOutcome: (table: TableName, error: LouverError | undefined) => void;
}

/**
 * At 1 s a fresh reading is stored within 2 s of the end of an outage. A database that answers errors gets 2 attempts a second at the most
 * from each of the ten tables, and each ends with its first answer: 20 requests a second. They are small, because a batch is sent again
 * only when the look-up before it was answered.
 */
const RETRY = { baseMs: 100, maxMs: 1_000 };

/**
 * Rows of the first batch after a start; each further one may be twice as large. A process that lives for half a second at a time must get
 * on with a large backlog, and a batch counts only once it is whole.
 */
export const FIRST_ROWS = 1_000;

/**
 * Gathers the rows of one table and inserts them, one batch at a time: SENT, insert, DONE. While storage is away the same batch is tried
 * again; after a failure that leaves it in doubt, what is there already is looked up and only the rest inserted.
 */
export class TableWriter {
  readonly #queue: PendingRows[] = [];
  #queuedRows = 0;
  /** Since when the oldest waits, at the earliest. */
  #queuedSinceMs = 0;
  /** Rows of a batch now. */
  #mostRows: number;
  #wake: (() => void) | undefined;
  #hurried = false;
  #storing = false;
  #writing: Promise<unknown> = Promise.resolve();
  #turn: Promise<unknown> = Promise.resolve();
  /** Ids of rows that were inserted past the queue: copies of them may stand in it. */
  readonly #again = new Set<string>();
  readonly #log: OutageLog;
  readonly #finished: Promise<void>;

  constructor(private readonly options: TableWriterOptions) {
    this.#mostRows = Math.min(FIRST_ROWS, options.maxRows);
    this.#log = new OutageLog(options.context, {
      failing: 'batch not stored, trying again',
      over: 'batch stored at last',
    });
    this.#finished = this.#run();
  }

  /** A batch is under way. */
  get isStoring(): boolean {
    return this.#storing;
  }

  /** Rows that were added are not all stored. */
  get busy(): boolean {
    return this.#storing || this.#queue.length > 0;
  }

  /** Positions are confirmed in the order in which they were added; one without rows when those before it are stored. */
  add(pending: PendingRows): void {
    this.#queue.push(pending);
    this.#queuedRows += roomOf(pending);
    if (this.#queue.length === 1) {
      this.#queuedSinceMs = this.options.context.clock.now();
      this.#wake?.();
    } else if (this.#queuedRows >= this.#mostRows) this.#wake?.();
  }

  /** Does not wait for more rows to come. */
  hurry(): void {
    if (this.#queue.length === 0) return;
    this.#hurried = true;
    this.#wake?.();
  }

  /** Inserts a row that belongs to another table's record, unless it is there already. */
  async insertOnce(row: TableRow): Promise<void> {
    await this.#insert(await this.#absent([row]));
  }

  /** Inserts rows that were refused before, unless they are there. Resolves to why each is refused still, in order. */
  insertAgain(rows: readonly TableRow[]): Promise<readonly (LouverError | undefined)[]> {
    return this.#inTurn(async () => {
      const refusals = new Map<string, LouverError>();
      const unique = withoutCopies([], rows);
      const keyless = unique.filter(({ key }) => key === undefined);
      const absent = await this.#absent(unique.filter(({ key }) => key !== undefined));
      await this.#insert([...keyless, ...absent], async (row, cause) => void refusals.set(nameOf(row), cause));
      return rows.map((row) => {
        const refusal = refusals.get(nameOf(row));
        if (refusal === undefined && row.key !== undefined) this.#again.add(row.key.id);
        return refusal;
      });
    });
  }

  /** After `signal` aborted: resolves when the batch in flight is over. */
  finished(): Promise<void> {
    return this.#finished;
  }

  async #run(): Promise<void> {
    const { storageReady, signal } = this.options;
    await Promise.race([storageReady, aborted(signal)]);
    while (!signal.aborted) {
      if (this.#queue.length === 0) {
        this.#again.clear();
        await this.#woken();
      } else if (this.#queuedRows < this.#mostRows && !this.#hurried) await this.#woken(this.#patienceMs());
      this.#hurried = false;
      const batch = this.#take();
      if (batch.length === 0 || signal.aborted) continue;
      this.#storing = true;
      await this.#store(batch);
      this.#storing = false;
      this.#mostRows = Math.min(2 * this.#mostRows, this.options.maxRows);
    }
  }

  /** How long more rows are waited for: what came while the batch before was stored has waited already. */
  #patienceMs(): number {
    const { context, maxDelayMs } = this.options;
    // The clock may have been set meanwhile.
    return Math.min(maxDelayMs, Math.max(0, this.#queuedSinceMs + maxDelayMs - context.clock.now()));
  }

  /** Resolves when rows came, at a full batch, when hurried, when aborted, or after `timeoutMs`. */
  async #woken(timeoutMs?: number): Promise<void> {
    const { context, signal } = this.options;
    const over = new AbortController();
    const woken = new Promise<void>((resolve) => (this.#wake = resolve));
    signal.addEventListener('abort', this.#wake!, { once: true });
    const waits: Promise<void>[] = [woken];
    if (timeoutMs !== undefined) waits.push(context.clock.sleep(timeoutMs, over.signal));
    if (!signal.aborted) await Promise.race(waits);
    signal.removeEventListener('abort', this.#wake!);
    this.#wake = undefined;
    over.abort();
  }

  #take(): readonly PendingRows[] {
    let rows = 0;
    let count = 0;
    for (const pending of this.#queue) {
      if (count > 0 && rows + roomOf(pending) > this.#mostRows) break;
      rows += roomOf(pending);
      count++;
    }
    this.#queuedRows -= rows;
    return this.#queue.splice(0, count);
  }

  async #store(batch: readonly PendingRows[]): Promise<void> {
    const { table, journal, context, signal, onOutcome, onStored } = this.options;
    const positions = batch.map(({ position }) => position);
    const room = batch.reduce((sum, pending) => sum + roomOf(pending), 0);
    let frame: Awaited<ReturnType<Journal['sent']>> | undefined;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        frame ??= await journal.sent({ table, positions });
        await this.#inTurn(async () => this.#insert(await this.#missing(batch, attempt > 0)));
        await frame.done();
        onOutcome(table, undefined);
        this.#log.succeeded({ table });
        return onStored(positions, room);
      } catch (error) {
        const cause = LouverError.from(error, 'E_STORAGE_UNAVAILABLE');
        onOutcome(table, cause);
        context.metrics.count('storage_failed_total', { table, code: cause.code });
        const delayMs = Math.round(backoffMs(attempt, RETRY, context.random));
        this.#log.failed(cause.message, { table, delayMs, code: cause.code });
        await context.clock.sleep(delayMs, signal);
      }
    }
  }

  /** The rows that are not in the table yet, as far as there is any doubt. */
  async #missing(batch: readonly PendingRows[], retried: boolean): Promise<readonly TableRow[]> {
    const { window } = this.options;
    const rows: TableRow[] = [];
    const doubtful: TableRow[] = [];
    for (const pending of batch) {
      for (const row of pending.rows) {
        const { key } = row;
        const mayBeThere = row.identified && (window.reachesBeyond(key!.fromMs) || this.#again.has(key!.id));
        const inDoubt = retried || pending.inDoubt || mayBeThere;
        (inDoubt && key !== undefined ? doubtful : rows).push(row);
      }
    }
    const asked = batch.some(({ inDoubt }) => inDoubt) ? withoutCopies(rows, doubtful) : doubtful;
    return [...rows, ...(await this.#absent(asked))];
  }

  async #absent(doubtful: readonly TableRow[]): Promise<readonly TableRow[]> {
    const { storage, table, signal, context } = this.options;
    if (doubtful.length === 0 || storage.present === undefined) return doubtful;
    const present = await storage.present(table, doubtful.map(({ key }) => bothWays(key!)), signal); // prettier-ignore
    context.metrics.count('storage_looked_up_total', { table }, doubtful.length);
    return doubtful.filter((_, place) => !present[place]);
  }

  /** Inserts, and halves a refused batch until the row that is refused stands alone. */
  async #insert(rows: readonly TableRow[], onRefused = this.options.onRefused): Promise<void> {
    if (rows.length === 0) return;
    try {
      await this.#write(rows);
    } catch (error) {
      if (!LouverError.is(error) || error.code !== 'E_STORAGE_REJECTED') throw error;
      if (rows.length === 1) return onRefused(rows[0]!, error);
      const middle = rows.length >> 1;
      await this.#insert(rows.slice(0, middle), onRefused);
      await this.#insert(rows.slice(middle), onRefused);
    }
  }

  /** From look-up to insert nobody else's rows come between. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Storage takes one write at a time for a table. */
  async #write(rows: readonly TableRow[]): Promise<void> {
    const { storage, table, signal, context } = this.options;
    // Rows of a TableWriter are all of its table: the link that TypeScript cannot see through the union.
    const values = rows.map(({ row }) => row) as readonly Tables[typeof table][];
    const written = this.#writing.then(async () => {
      const startedMs = performance.now();
      await storage.write(table, values, { signal });
      context.metrics.observe('storage_write_ms', performance.now() - startedMs, { table });
      context.metrics.observe('storage_batch_rows', values.length, { table });
    });
    this.#writing = written.catch(() => undefined);
    await written;
  }
}

/** Of copies that wait side by side (a dead letter that was taken in twice) storage does not know yet. */
function withoutCopies(rows: readonly TableRow[], doubtful: readonly TableRow[]): readonly TableRow[] {
  const names = new Set(rows.map(nameOf));
  return doubtful.filter((row) => {
    const name = nameOf(row);
    if (names.has(name)) return false;
    names.add(name);
    return true;
  });
}

/** Whoever looks back for a copy that was stamped earlier looks ahead as far: our own clock may have been set back since. */
function bothWays({ deviceId, fromMs, toMs, id }: RowKey): RowKey {
  return { deviceId, fromMs, toMs: toMs + (toMs - fromMs), id };
}

function nameOf({ table, row, key }: TableRow): string {
  const time = TABLE_IDENTITY[table]?.time;
  const timeMs = time === undefined ? '' : String((row as unknown as Record<string, unknown>)[time]);
  return `${timeMs}:${row.device_id}:${key?.id}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
