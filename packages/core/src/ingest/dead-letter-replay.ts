import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { DeliveryRecord, DerivedRecord, Journal, JournalRecord, Position } from '../journal.js';
import type { ReplayOutcome } from '../options.js';
import { REPLAYED, TABLE_IDENTITY, type DeadLetterRow, type TableName } from '../tables.js';
import type { Decoder } from './decoder.js';

export interface DeadLetterReplayOptions {
  readonly journal: Journal;
  readonly decoder: Decoder;
  readonly context: Context;
  /** The journal has them up to here. */
  readonly onAppended: (last: Position) => void;
}

/** Dead letter → journal, when it can be decoded now; the live stream does not hear of it, it is old news. */
export class DeadLetterReplay {
  constructor(private readonly options: DeadLetterReplayOptions) {}

  async replay(letters: readonly DeadLetterRow[]): Promise<readonly ReplayOutcome[]> {
    const outcomes: ReplayOutcome[] = [];
    // One at a time: what is appended is known to be through when the next one is refused.
    for (const letter of letters) outcomes.push(await this.#take(letter));
    return outcomes;
  }

  async #take(letter: DeadLetterRow): Promise<ReplayOutcome> {
    const { journal, context, onAppended } = this.options;
    const messageId = letter.message_id;
    const record = letter.code === 'storage-rejected' ? rowAgain(letter) : this.#messageAgain(letter);
    if (LouverError.is(record)) {
      return { messageId, takenIn: false, code: record.reason ?? record.code, detail: record.message };
    }
    const marker: DeadLetterRow = {
      ...letter,
      received_at: context.clock.now(),
      code: REPLAYED,
      detail: letter.code,
      payload: '',
    };
    const records: readonly JournalRecord[] = [record, { type: 'derived', table: 'dead_letters', row: marker }];
    const { first } = await journal.append(records);
    onAppended(first + records.length - 1);
    context.metrics.count('dead_letters_replayed_total', { reason: letter.code });
    return { messageId, takenIn: true };
  }

  /** The message as it came, unless it cannot be decoded today either. */
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
    const rejected = decoded.events.find((event) => event.kind === 'rejected' && event.messageId === letter.message_id);
    if (rejected?.kind !== 'rejected') return record;
    return new LouverError('E_DECODE', rejected.detail, { reason: rejected.reason });
  }
}

/** The row that storage refused. */
function rowAgain({ topic, payload }: DeadLetterRow): DerivedRecord | LouverError {
  try {
    if (TABLE_IDENTITY[topic as TableName] === undefined) throw new Error(`no table ${topic} that rows are written to`);
    const row: unknown = JSON.parse(Buffer.from(payload, 'base64').toString());
    return { type: 'derived', table: topic, row } as DerivedRecord;
  } catch (error) {
    return new LouverError('E_DECODE', `not a row: ${error instanceof Error ? error.message : String(error)}`, {
      reason: 'wrong-type',
    });
  }
}
