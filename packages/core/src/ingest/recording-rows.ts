import type { Context } from '../component.js';
import type { EpochMs } from '../event.js';
import type { DeliveryRecord, JournalEntry, Position } from '../journal.js';
import type { TableName } from '../tables.js';
import { RecordingAssembler, type Concluded } from './recording-assembler.js';
import type { Made, RowMaker } from './row-maker.js';
import type { TableRow } from './rows.js';

export interface RecordingRowsOptions {
  readonly maker: RowMaker;
  readonly context: Context;
  /** Something is to be stored for this position after all. */
  readonly reopen: (position: Position) => void;
  readonly distribute: (entry: JournalEntry, rows: readonly TableRow[]) => void;
  /** A row that takes a while; `bytes`: what it holds in memory meanwhile. */
  readonly distributeLater: (entry: JournalEntry, row: Promise<readonly TableRow[]>, bytes: number) => void;
  /** There is no room for it now: its parts are read again. */
  readonly postpone: (positions: readonly Position[]) => void;
  readonly settle: (position: Position) => void;
}

/** A part, without its bytes. */
type PartEntry = JournalEntry & { readonly record: DeliveryRecord };

const NO_BYTES = new Uint8Array(0);

/**
 * Rows of recordings that come in parts [P-9]. A recording's row is that of the part with which it was decided; all other parts are done with when
 * that one is. So a crash finds either all of them in the journal, or none.
 */
export class RecordingRows {
  readonly #first = new RecordingAssembler<PartEntry>();
  /** Of recordings that were complete when there was no room for them. */
  readonly #again = new RecordingAssembler<PartEntry>({
    timeToLiveMs: Infinity,
    maxBytes: Infinity,
    maxPerDevice: Infinity,
  });
  /** All parts, by the one with which their recording was decided. */
  readonly #parts = new Map<Position, readonly Position[]>();

  constructor(private readonly options: RecordingRowsOptions) {}

  /** Whether recordings have parts missing. */
  get awaited(): boolean {
    return this.#first.any;
  }

  /**
   * Called in the order of the journal.
   * @param postpone there is no room for recordings now.
   */
  take(
    { position, stored, inDoubt, replayed }: JournalEntry,
    { topic, receivedAtMs, dup = false }: DeliveryRecord,
    { message, event }: NonNullable<Made['part']>,
    { time, postpone }: { readonly time: 'first' | 'again'; readonly postpone: boolean },
  ): void {
    const record: DeliveryRecord = { type: 'delivery', topic, receivedAtMs, dup, payload: NO_BYTES };
    const assembler = time === 'first' ? this.#first : this.#again;
    const own = { position, stored, inDoubt, replayed, record };
    for (const concluded of assembler.add(event, message, own)) this.#conclude(concluded, postpone);
    // It was decided here before a crash: by its recording's row, or by the letter that it was given up with.
    if (!stored.some(isOfRecording) && !inDoubt.includes('dead_letters')) return;
    const concluded = assembler.giveUp(event);
    if (concluded !== undefined) this.#conclude(concluded, false);
  }

  /** @param passedMs what comes from now on was received then or later. */
  expire(passedMs: EpochMs): void {
    for (const concluded of this.#first.expire(passedMs)) this.#conclude(concluded, false);
  }

  /** What is done with when these are. */
  withParts(positions: readonly Position[]): readonly Position[] {
    if (this.#parts.size === 0) return positions;
    return positions.flatMap((position) => {
      const parts = this.#parts.get(position);
      this.#parts.delete(position);
      return parts ?? position;
    });
  }

  #conclude(concluded: Concluded<PartEntry>, postpone: boolean): void {
    const { maker, context, reopen, distribute, distributeLater, settle } = this.options;
    const positions = concluded.places.map(({ position }) => position);
    const last = concluded.places.at(-1)!;
    reopen(last.position);
    this.#parts.set(last.position, positions);
    if (concluded.kind === 'repeated' || last.stored.some(isOfRecording)) return settle(last.position);
    if (concluded.kind === 'given-up') {
      context.metrics.count('recordings_given_up_total', { why: concluded.why });
      return distribute(last, [maker.letter(concluded.message, concluded.error)]);
    }
    if (postpone) return this.options.postpone(positions);
    const { event } = concluded;
    const row = maker.recording(event, last.record.dup === true);
    distributeLater(last, row, event.recording.bytes.byteLength);
  }
}

function isOfRecording(table: TableName): boolean {
  return table === 'sensor_audio' || table === 'dead_letters';
}
