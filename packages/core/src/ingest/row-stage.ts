import { setMaxListeners } from 'node:events';
import { LouverError } from '../errors.js';
import type { EpochMs } from '../event.js';
import type { FeatureExtractor } from '../feature-extractor.js';
import type { JournalEntry, Position } from '../journal.js';
import type { RecordingStore } from '../recording-store.js';
import { rowToJson } from '../row-json.js';
import type { TableName } from '../tables.js';
import type { Attribution } from './attribution.js';
import type { Decoder } from './decoder.js';
import { countRepeat } from './intake-count.js';
import { deadLetter, refusedAtMs, refusedId, rowOfDerived, soughtWidely, windowId, type TableRow } from './rows.js';
import { Postponed } from './postponed.js';
import { RecordingKeeper } from './recording-keeper.js';
import { RecordingRows } from './recording-rows.js';
import { Room } from './room.js';
import { RowMaker, type Made } from './row-maker.js';
import { SeenWindow } from './seen-window.js';
import { FIRST_ROWS, roomOf, TableWriter, type PendingRows, type TableWriterOptions } from './table-writer.js';
import { timeSlice } from './time-slice.js';

export interface RowStageOptions extends Omit<
  TableWriterOptions,
  'table' | 'window' | 'onStored' | 'onRefused' | 'signal'
> {
  readonly decoder: Decoder;
  readonly features: FeatureExtractor | undefined;
  /** Present when recordings are kept. */
  readonly recordings: RecordingStore | undefined;
  /** Present when the engine is elsewhere. */
  readonly attribution: Attribution | undefined;
  readonly maxPendingRows: number;
  /** When the oldest was received, at the earliest, of what waits for room in the journal or lies there behind `readUpTo`. */
  readonly notBeforeMs: (readUpTo: Position) => EpochMs;
  /** Every row of these positions is stored, or there was none. */
  readonly onSettled: (positions: readonly Position[]) => void;
}

/** Messages with rows that take a while, as they came and decoded; some 100 clips of 2 s. */
const MAX_LATER_BYTES = 16 * 1024 * 1024;
const READ_AGAIN_MS = 1_000;
/**
 * Rows that are read ahead at first, twice as many each time that they were not enough: reading a large backlog ahead keeps the thread busy, and the first batches,
 * which are small for that, would wait for it.
 */
const FIRST_PENDING_ROWS = 2 * FIRST_ROWS;
const WIDEN_AFTER_MS = 200;
/** For so long a request is kept for answers that wait for room in the journal; what it keeps may be what they wait for. */
const MAX_LATE_MS = 120_000;

/**
 * Journal → rows → tables. Reads the journal in order, makes each record's rows, hands them to their tables' writers, and settles a
 * position when all of its tables have it.
 */
export class RowStage {
  readonly window = new SeenWindow();
  readonly #writers = new Map<TableName, TableWriter>();
  /** Tables that are still to confirm, by position; in ascending order. */
  readonly #outstanding = new Map<Position, number>();
  readonly #stop = new AbortController();
  readonly #waiters: { readonly upTo: Position; readonly resolve: () => void }[] = [];
  readonly #maker: RowMaker;
  readonly #keeper: RecordingKeeper | undefined;
  #readUpTo: Position = 0;
  #trouble: LouverError | undefined;
  /** When the newest delivery that was read had been received. */
  #readUpToMs: EpochMs = -Infinity;
  readonly #rowRoom: Room;
  readonly #laterRoom = new Room(MAX_LATER_BYTES);
  readonly #postponed: Postponed;
  readonly #recordings: RecordingRows;
  #reading: Promise<void> = Promise.resolve();

  constructor(private readonly options: RowStageOptions) {
    // Every table's writer listens, with its wait, its sleep and its request: ten tables and a reserve.
    setMaxListeners(64, this.#stop.signal);
    const { signal } = this.#stop;
    const { recordings: store, context } = options;
    this.#keeper = store && new RecordingKeeper({ store, context, signal });
    this.#maker = new RowMaker({ ...options, window: this.window, signal, keeper: this.#keeper });
    this.#rowRoom = new Room(options.maxPendingRows, Math.min(FIRST_PENDING_ROWS, options.maxPendingRows));
    this.#postponed = new Postponed({
      journal: options.journal,
      context: options.context,
      signal,
      rooms: [this.#laterRoom, this.#rowRoom],
      take: (entry) => this.#enqueue(entry, 'again'),
      onLost: (positions) => this.#lost(positions),
    });
    this.#recordings = new RecordingRows({
      maker: this.#maker,
      context,
      reopen: (position) => this.#outstanding.set(position, 1),
      distribute: (entry, rows) => this.#distribute(entry, rows),
      distributeLater: (entry, row, bytes) => this.#distributeLater(entry, [], [row], bytes),
      postpone: (positions) => this.#postponed.add(positions),
      settle: (position) => this.#settle([position]),
    });
  }

  start(): void {
    this.#reading = this.#keepReading();
  }

  /** Why nothing is read from the journal now. */
  get trouble(): LouverError | undefined {
    return this.#trouble;
  }

  /** Why recordings are not kept now. */
  get recordingTrouble(): LouverError | undefined {
    return this.#keeper?.trouble;
  }

  /** Whether nothing is left to be done for a position that the journal has. */
  isSettled(position: Position): boolean {
    return position <= this.#readUpTo && !this.#outstanding.has(position);
  }

  /** Resolves when every position up to and including `position` is settled. */
  stored(position: Position): Promise<void> {
    for (const writer of this.#writers.values()) writer.hurry();
    if (this.#settledUpTo() >= position) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ upTo: position, resolve }));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#rowRoom.close();
    this.#laterRoom.close();
    await this.#reading;
    await this.#postponed.finished();
    await Promise.all([...this.#writers.values()].map((writer) => writer.finished()));
  }

  /** What cannot be read now is tried again: acknowledging goes on, and so must storing. */
  async #keepReading(): Promise<void> {
    const { context } = this.options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#read();
        // The journal has been closed.
        return;
      } catch (error) {
        this.#trouble = LouverError.from(error, 'E_JOURNAL_IO');
        context.logger.error('journal not readable, trying again', { error: this.#trouble.message });
        await context.clock.sleep(READ_AGAIN_MS, signal);
      }
    }
  }

  async #read(): Promise<void> {
    const { journal } = this.options;
    const slice = timeSlice();
    const from = this.#readUpTo + 1;
    for await (const entries of journal.read({ follow: true, signal: this.#stop.signal, from })) {
      this.#trouble = undefined;
      for (const entry of entries) {
        if (this.#stop.signal.aborted) return;
        this.#outstanding.set(entry.position, 1);
        this.#readUpTo = entry.position;
        this.#enqueue(entry, 'first');
        if (this.#rowRoom.isFull) await this.#moreRoom();
        const pause = slice.over();
        // Awaiting nothing would cost a turn of the microtask queue per message.
        if (pause !== undefined) await pause;
      }
      this.#notify();
      this.#release(this.#readUpToMs);
    }
  }

  /**
   * Waits until more may be read ahead. No table waits for more rows meanwhile, which cannot come, unless another one is about to give room. After a
   * while there is more room in any case: a table that cannot be written, or hangs, must not keep the others from being read for.
   */
  async #moreRoom(): Promise<void> {
    const opened = this.#rowRoom.opened();
    while (this.#rowRoom.isFull && this.#rowRoom.mayWiden && !this.#stop.signal.aborted) {
      this.#hurryUnlessStoring();
      const over = new AbortController();
      await Promise.race([opened, this.options.context.clock.sleep(WIDEN_AFTER_MS, over.signal)]);
      over.abort();
      this.#rowRoom.widen();
    }
    this.#hurryUnlessStoring();
    await opened;
  }

  #hurryUnlessStoring(): void {
    const writers = [...this.#writers.values()];
    if (this.#rowRoom.isFull && !writers.some(({ isStoring }) => isStoring))
      for (const writer of writers) writer.hurry();
  }

  /** A codec is somebody else's code: an event that no row can be made of must not end storing for all. */
  #enqueue(entry: JournalEntry, time: 'first' | 'again'): void {
    const { position, record } = entry;
    try {
      this.#takeUp(entry, time);
    } catch (error) {
      const cause = LouverError.from(error, 'E_DECODE');
      if (record.type === 'delivery') this.#distribute(entry, [this.#maker.letterOf(entry, record, cause)]);
      else this.options.context.logger.error('a record cannot be stored, it stays', { position, error: cause.message });
    }
  }

  #takeUp(entry: JournalEntry, time: 'first' | 'again'): void {
    const { position, record } = entry;
    if (record.type === 'note') {
      // Its owner settles it.
      this.#outstanding.delete(position);
      return this.options.onSettled([position]);
    }
    if (record.type === 'derived') return this.#distribute(entry, [rowOfDerived(record)]);
    if (time === 'first') this.#readUpToMs = record.receivedAtMs;
    const postpone = time === 'first' && (this.#laterRoom.isFull || this.#postponed.any);
    const made = this.#maker.make(entry, record, { postpone });
    if (made === undefined) return this.#postponed.add([position]);
    const { rows, later, bytes: laterBytes, kept, part } = made;
    if (part !== undefined) {
      // Its sender does not wait for the recording, which waits for what he sends next.
      this.#outstanding.delete(position);
      this.#recordings.take(entry, record, part, { time, postpone });
      return void (this.#outstanding.has(position) || this.options.onSettled([position]));
    }
    if (kept && rows.length === 0) {
      // Whoever waits, waits for rows.
      this.#outstanding.delete(position);
      return this.options.onSettled([position]);
    }
    if (later.length === 0) return this.#distribute(entry, rows);
    this.#distributeLater(entry, rows, later, record.payload.byteLength + laterBytes);
  }

  #distributeLater(entry: JournalEntry, rows: readonly TableRow[], later: Made['later'], bytes: number): void {
    this.#laterRoom.take(bytes);
    // Of commands that wait for storage's word there may be many: only this bounds them.
    this.#rowRoom.take(later.length);
    void Promise.all(later).then((laterRows) => {
      this.#distribute(entry, [...rows, ...laterRows.flat()]);
      this.#laterRoom.give(bytes);
      this.#rowRoom.give(later.length);
    });
  }

  /** Whether recordings have parts missing. */
  get awaitsParts(): boolean {
    return this.#recordings.awaited;
  }

  /**
   * Lets go of requests that nothing can answer any more, and of recordings whose parts are not complete in time, also while nothing comes that
   * would tell the time: what they keep may be all that fills the journal.
   * @param journaledUpTo every record of before `nowMs` is at or below it.
   */
  expire(journaledUpTo: Position, nowMs: EpochMs): void {
    if (this.#readUpTo >= journaledUpTo) this.#release(nowMs);
  }

  #release(nowMs: EpochMs): void {
    const { attribution, notBeforeMs } = this.options;
    if (attribution === undefined && !this.#recordings.awaited) return;
    const passedMs = Math.min(nowMs, Math.max(notBeforeMs(this.#readUpTo), nowMs - MAX_LATE_MS));
    this.#recordings.expire(passedMs);
    const released = attribution?.release(this.#settledUpTo(), passedMs) ?? [];
    if (released.length > 0) this.options.journal.settle(released);
  }

  /**
   * Writes rows of one table that it has refused before, unless they are there. Resolves to why each is refused still, in order. Rejects with
   * retryable `E_STORAGE_UNAVAILABLE`; then it may be repeated.
   */
  async storeAgain(table: TableName, rows: readonly TableRow[]): Promise<readonly (LouverError | undefined)[]> {
    const refusals = await this.#writer(table).insertAgain(rows);
    rows.forEach((row, place) => {
      if (refusals[place] === undefined && row.key !== undefined) this.window.seen(table, windowId(row), row.key.toMs);
    });
    return refusals;
  }

  #distribute({ position, record, stored, inDoubt }: JournalEntry, rows: readonly TableRow[]): void {
    // Of a dead letter some rows may have been stored when it first came; it, and its marker, may be in the journal twice.
    const takenInAgain =
      record.type === 'delivery'
        ? record.deliveryId !== undefined
        : record.type === 'derived' && record.table === 'dead_letters';
    // A recording was still being analysed at the end: the journal has it.
    if (this.#stop.signal.aborted) return;
    // Nearly every message is one reading, and new: it needs no list by table.
    const only = rows.length === 1 && !takenInAgain && stored.length === 0 ? rows[0] : undefined;
    if (only !== undefined && !this.#repeats(only)) {
      this.#outstanding.set(position, 1);
      return this.#add(only.table, { position, rows, inDoubt: inDoubt.includes(only.table) });
    }
    const { clock, metrics } = this.options.context;
    const byTable = new Map<TableName, TableRow[]>();
    let repeated = 0;
    for (const row of rows.filter(({ table }) => !stored.includes(table))) {
      const { table } = row;
      const sameTable = byTable.get(table) ?? [];
      if (row === only || this.#repeats(row)) {
        countRepeat(metrics, table, ++repeated === rows.length);
        // The first one may still be on its way: its repetition is not settled, nor acknowledged, before it.
        if (this.#writers.get(table)?.busy === true) byTable.set(table, sameTable);
        continue;
      }
      sameTable.push(takenInAgain && row.identified ? soughtWidely(row, clock.now()) : row);
      byTable.set(table, sameTable);
    }
    this.#outstanding.set(position, byTable.size);
    if (byTable.size === 0) return this.#settle([position]);
    for (const [table, tableRows] of byTable) {
      this.#add(table, { position, rows: tableRows, inDoubt: takenInAgain || inDoubt.includes(table) });
    }
  }

  /** Whether the row has passed before; it has passed now. */
  #repeats(row: TableRow): boolean {
    return row.identified && this.window.seen(row.table, windowId(row), row.key!.toMs);
  }

  #add(table: TableName, pending: PendingRows): void {
    this.#rowRoom.take(roomOf(pending));
    const writer = this.#writer(table);
    writer.add(pending);
    if (this.#waiters.length > 0) writer.hurry();
  }

  #writer(table: TableName): TableWriter {
    let writer = this.#writers.get(table);
    if (writer === undefined) {
      writer = new TableWriter({
        ...this.options,
        table,
        window: this.window,
        signal: this.#stop.signal,
        onStored: (positions, room) => this.#stored(positions, room),
        onRefused: (row, cause) => this.#refused(row, cause),
      });
      this.#writers.set(table, writer);
    }
    return writer;
  }

  #stored(positions: readonly Position[], room: number): void {
    this.#rowRoom.widen();
    this.#rowRoom.give(room);
    const settled: Position[] = [];
    for (const position of positions) {
      const left = this.#outstanding.get(position)! - 1;
      if (left > 0) this.#outstanding.set(position, left);
      else settled.push(position);
    }
    this.#settle(settled);
  }

  #settle(positions: readonly Position[]): void {
    if (positions.length === 0) return;
    for (const position of positions) this.#outstanding.delete(position);
    this.options.journal.settle(this.#recordings.withParts(positions));
    this.options.onSettled(positions);
    this.#notify();
  }

  /** A row that storage refuses is kept as a dead letter; one that is refused even there is only in the log. */
  async #refused(row: TableRow, cause: LouverError): Promise<void> {
    const { context } = this.options;
    context.logger.error('row refused by storage', { table: row.table, error: cause.message });
    context.metrics.count('dead_letters_total', { reason: 'storage-rejected' });
    if (row.table === 'dead_letters') return;
    const payload = Buffer.from(rowToJson(row.row));
    const message = { topic: row.table, payload, receivedAtMs: refusedAtMs(row), deliveryId: refusedId(row) };
    const letter = deadLetter(message, row.row.device_id, 'storage-rejected', cause.message, message.deliveryId);
    // A copy of the message that came at another time may have made it already.
    await this.#writer('dead_letters').insertOnce(soughtWidely(letter, context.clock.now()));
  }

  #lost(positions: readonly Position[]): void {
    for (const position of positions) this.#outstanding.delete(position);
    this.#notify();
  }

  #settledUpTo(): Position {
    for (const oldest of this.#outstanding.keys()) return oldest - 1;
    return this.#readUpTo;
  }

  #notify(): void {
    if (this.#waiters.length === 0) return;
    const settledUpTo = this.#settledUpTo();
    for (const waiter of this.#waiters.splice(0)) {
      if (waiter.upTo <= settledUpTo) waiter.resolve();
      else this.#waiters.push(waiter);
    }
    // Whoever waits does not wait for batches to fill.
    if (this.#waiters.length > 0) for (const writer of this.#writers.values()) writer.hurry();
  }
}
