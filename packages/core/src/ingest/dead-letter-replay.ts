import type { Context } from '../component.js';
import { LouverError, withoutCode } from '../errors.js';
import type { InboundEvent } from '../event.js';
import type { DeliveryRecord, Journal, JournalRecord, Position } from '../journal.js';
import type { ReplayOptions, ReplayOutcome } from '../options.js';
import { REPLAYED, type DeadLetterRow, type TableName } from '../tables.js';
import type { Decoder } from './decoder.js';
import { refusedRow } from './refused-row.js';
import type { TableRow } from './rows.js';
import { timeSlice } from './time-slice.js';

export interface DeadLetterReplayOptions {
  readonly journal: Journal;
  readonly decoder: Decoder;
  readonly context: Context;
  /** Writes rows of one table unless they are there; resolves to why each is refused still. */
  readonly storeAgain: (table: TableName, rows: readonly TableRow[]) => Promise<readonly (LouverError | undefined)[]>;
  /** The journal has them up to here. */
  readonly onAppended: (last: Position) => void;
}

/** Payload of one append, or the first beyond it: fits beside what devices send. */
const APPEND_BYTES = 256 * 1024;
/** Ids that are remembered: storage may still show the letter while its marker is on its way there. */
const MAX_REMEMBERED = 10_000;

/** Of these nothing is stored; of a recording's part not without the others. */
const WITHOUT_ROWS: ReadonlySet<InboundEvent['kind']> = new Set(['inference-asked', 'device-info', 'recording-part']);

/** Records that are appended together, and the letters that they are of. */
interface Appending {
  readonly records: JournalRecord[];
  readonly places: number[];
  bytes: number;
}

/**
 * Dead letter → journal, when it can be decoded now, beside a marker that hides it. The live stream does not hear of it, it is old news. A
 * row that storage refused is tried there first: only storage knows whether it still refuses it.
 *
 * Exact without a memory of its own: messages keep their ids, so their rows are looked up before they are written, and a letter's marker is
 * the same row each time.
 */
export class DeadLetterReplay {
  /** One call at a time: what is appended is known to be through when the next one is refused. */
  #line: Promise<unknown> = Promise.resolve();
  readonly #takenIn = new Set<string>();

  constructor(private readonly options: DeadLetterReplayOptions) {}

  replay(letters: readonly DeadLetterRow[], { dryRun = false }: ReplayOptions = {}): Promise<readonly ReplayOutcome[]> {
    const done = this.#line.then(() => this.#replay(letters, dryRun));
    this.#line = done.catch(() => undefined);
    return done;
  }

  async #replay(letters: readonly DeadLetterRow[], dryRun: boolean): Promise<readonly ReplayOutcome[]> {
    const outcomes = letters.map(({ message_id: messageId }): ReplayOutcome => ({ messageId, takenIn: true }));
    const refuse = (place: number, { reason, code, message }: LouverError): void => {
      const { message_id: messageId } = letters[place]!;
      outcomes[place] = {
        messageId,
        takenIn: false,
        code: reason ?? code,
        detail: withoutCode(message),
      };
    };
    const rows = new Map<TableName, { readonly places: number[]; readonly rows: TableRow[] }>();
    let appending: Appending = { records: [], places: [], bytes: 0 };
    // Of a message that was refused each time that it came.
    const firstPlace = new Map<string, number>();
    const slice = timeSlice();
    for (const [place, letter] of letters.entries()) {
      await slice.over();
      const { message_id: id } = letter;
      if (this.#takenIn.has(id) || firstPlace.has(id)) continue;
      if (id !== '') firstPlace.set(id, place);
      const again = this.#again(letter);
      if (LouverError.is(again)) {
        refuse(place, again);
      } else if (dryRun) {
        continue;
      } else if ('table' in again) {
        const sameTable = rows.get(again.table) ?? { places: [], rows: [] };
        sameTable.places.push(place);
        sameTable.rows.push(again);
        rows.set(again.table, sameTable);
      } else {
        appending.records.push(again, markerOf(letter));
        appending.places.push(place);
        appending.bytes += again.payload.byteLength;
        if (appending.bytes < APPEND_BYTES) continue;
        await this.#append(letters, appending);
        appending = { records: [], places: [], bytes: 0 };
      }
    }
    await this.#append(letters, appending);
    for (const [table, refused] of rows) {
      const refusals = await this.options.storeAgain(table, refused.rows);
      const places = refused.places.filter((_, i) => refusals[i] === undefined);
      refusals.forEach((cause, i) => cause && refuse(refused.places[i]!, storageRefuses(cause)));
      await this.#append(letters, { records: places.map((place) => markerOf(letters[place]!)), places, bytes: 0 });
    }
    return outcomes.map((outcome) => outcomes[firstPlace.get(outcome.messageId) ?? -1] ?? outcome);
  }

  async #append(letters: readonly DeadLetterRow[], { records, places }: Appending): Promise<void> {
    if (records.length === 0) return;
    const { journal, onAppended, context } = this.options;
    const { first } = await journal.append(records);
    onAppended(first + records.length - 1);
    for (const place of places) {
      const { message_id: id, code } = letters[place]!;
      if (this.#takenIn.size >= MAX_REMEMBERED) this.#takenIn.clear();
      this.#takenIn.add(id);
      context.metrics.count('dead_letters_replayed_total', { reason: code });
    }
  }

  /** The message or row as it first came, or why it cannot be taken in. */
  #again(letter: DeadLetterRow): DeliveryRecord | TableRow | LouverError {
    if (letter.message_id === '') {
      return new LouverError('E_DECODE', 'the letter has no message_id: nothing could say later that it was taken in');
    }
    if (letter.code === 'storage-rejected') return refusedRow(letter, this.options.context.clock.now());
    return this.#messageAgain(letter);
  }

  #messageAgain(letter: DeadLetterRow): DeliveryRecord | LouverError {
    const record: DeliveryRecord = {
      type: 'delivery',
      topic: letter.topic,
      payload: Buffer.from(letter.payload, 'base64'),
      receivedAtMs: letter.received_at,
      // The nth reading of a message has `#n` appended (P-5).
      deliveryId: letter.message_id.replace(/#\d+$/, ''),
    };
    const decoded = this.options.decoder.decode('replay', record);
    if ('error' in decoded) return decoded.error;
    const { events } = decoded;
    const rejected = events.find((event) => event.kind === 'rejected' && event.messageId === letter.message_id);
    if (rejected?.kind === 'rejected') return new LouverError('E_DECODE', rejected.detail, { reason: rejected.reason });
    if (events.some(({ kind }) => !WITHOUT_ROWS.has(kind))) return record;
    const detail = `nothing that is stored comes of a message on ${JSON.stringify(letter.topic)}`;
    return new LouverError('E_DECODE', detail, { reason: 'unknown-topic' });
  }
}

/** The same for every time that the letter is taken in, and never at the letter's own place: each is looked up by device, time and id. */
function markerOf(letter: DeadLetterRow): JournalRecord {
  const row = { ...letter, received_at: letter.received_at + 1, code: REPLAYED, detail: letter.code, payload: '' };
  return { type: 'derived', table: 'dead_letters', row };
}

function storageRefuses(cause: LouverError): LouverError {
  return new LouverError('E_STORAGE_REJECTED', withoutCode(cause.message), {
    reason: 'storage-rejected',
  });
}
