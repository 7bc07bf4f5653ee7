import type { InboundMessage } from '../codec.js';
import type { DeadLetterReason, LouverError } from '../errors.js';
import type { InboundEvent, RecordingPart, WaveformReading } from '../event.js';
import type { FeatureExtractor } from '../feature-extractor.js';
import type { DeliveryRecord, JournalEntry } from '../journal.js';
import type { Attribution } from './attribution.js';
import { CommandRows, type CommandRowsOptions } from './command-rows.js';
import type { Decoder } from './decoder.js';
import type { RecordingKeeper } from './recording-keeper.js';
import { audioRow, deadLetter, rowOf, type TableRow } from './rows.js';

export interface RowMakerOptions extends Omit<CommandRowsOptions, 'attribution'> {
  readonly decoder: Decoder;
  readonly features: FeatureExtractor | undefined;
  /** Present when recordings are kept. */
  readonly keeper: RecordingKeeper | undefined;
  /** Present when the engine is elsewhere. */
  readonly attribution: Attribution | undefined;
}

/** A delivery's rows, and those that take a while: a recording is analysed first, storage asked about a command. */
export interface Made {
  readonly rows: TableRow[];
  readonly later: Promise<readonly TableRow[]>[];
  /** Of recordings. */
  bytes: number;
  /** It is a request: what answers it may be read again, and so must it. */
  kept: boolean;
  /** It has no row but with the others of its recording. */
  part?: { readonly message: InboundMessage; readonly event: RecordingPart };
}

/** What a delivery says → rows. */
export class RowMaker {
  readonly #commands: CommandRows | undefined;

  constructor(private readonly options: RowMakerOptions) {
    const { attribution } = options;
    this.#commands = attribution && new CommandRows({ ...options, attribution });
  }

  /**
   * Called in the order of the journal.
   * @param postpone there is no room for recordings now: `undefined` for a message that has one.
   */
  make(entry: JournalEntry, record: DeliveryRecord, { postpone }: { readonly postpone: boolean }): Made | undefined {
    const { decoder } = this.options;
    const { position, replayed } = entry;
    // The live path hears of neither what is replayed nor of dead letters taken in again.
    const isAlone = replayed || record.deliveryId !== undefined;
    const decoded = isAlone ? decoder.decode(position, record) : decoder.share(position, record);
    const { message } = decoded;
    const only = 'events' in decoded && decoded.events.length === 1 ? decoded.events[0] : undefined;
    // Nearly every message: its list is no longer than it must be.
    if (only?.kind === 'scalar') return { rows: [rowOf(only, message, record.dup)], later: [], bytes: 0, kept: false };
    const made: Made = { rows: [], later: [], bytes: 0, kept: false };
    if (only?.kind === 'recording-part') return { ...made, part: { message, event: only } };
    if ('events' in decoded) {
      if (postpone && decoded.events.some(({ kind }) => kind === 'waveform')) return undefined;
      for (const event of decoded.events) this.#add(made, event, message, entry, record.dup);
      return made;
    }
    made.rows.push(this.#letter(message, decoded.error));
    return made;
  }

  /** A recording that is whole: one that came in parts too. */
  recording(event: WaveformReading, dup: boolean): Promise<readonly TableRow[]> {
    return this.#audio(event, dup);
  }

  /** All of the message, or of a recording's parts, set aside. */
  letter(message: InboundMessage, error: LouverError): TableRow {
    return this.#letter(message, error);
  }

  /** The message itself, when {@link RowMaker.make} or what was to be done with its rows has thrown. */
  letterOf({ position }: JournalEntry, record: DeliveryRecord, error: LouverError): TableRow {
    return this.#letter(this.options.decoder.decode(position, record).message, error);
  }

  #letter(message: InboundMessage, { reason = 'wrong-type', message: detail, deviceId = '' }: LouverError): TableRow {
    this.#setAside(message.topic, reason, detail);
    return deadLetter(message, deviceId, reason, detail, message.deliveryId);
  }

  #add(made: Made, event: InboundEvent, message: InboundMessage, entry: JournalEntry, dup = false): void {
    const { attribution } = this.options;
    switch (event.kind) {
      case 'waveform':
        made.bytes += event.recording.bytes.byteLength;
        made.later.push(this.#audio(event, dup));
        return;
      case 'inference-asked':
        attribution?.asked(entry.position, event);
        made.kept = attribution !== undefined;
        return;
      case 'inference-answered':
        attribution?.answered(event);
        made.rows.push(rowOf(event, message));
        return;
      case 'command-seen': {
        const rows = this.#commands?.of(entry, event, message) ?? [rowOf(event, message)];
        if (rows instanceof Promise) made.later.push(rows);
        else made.rows.push(...rows);
        return;
      }
      case 'rejected':
        this.#setAside(message.topic, event.reason, event.detail);
        made.rows.push(rowOf(event, message));
        return;
      case 'device-info':
      case 'config-reported': // the registry writes what is new of it
      case 'recording-part':
        return;
      case 'device-status':
        // What a broker has kept did not happen now.
        if (message.retained !== true) made.rows.push(rowOf(event, message));
        return;
      case 'scalar':
      case 'window-state':
        made.rows.push(rowOf(event, message, dup));
    }
  }

  /** The row says by its hash what was kept: that comes first. */
  async #audio(event: WaveformReading, dup: boolean): Promise<readonly TableRow[]> {
    const { features, keeper, context } = this.options;
    const kept = keeper?.keep(event.recording);
    const row = await audioRow(event, features, dup, context.logger);
    await kept;
    return [row];
  }

  #setAside(topic: string, reason: DeadLetterReason, error: string): void {
    const { logger, metrics } = this.options.context;
    metrics.count('dead_letters_total', { reason });
    logger.warn('message set aside', { topic, reason, error });
  }
}
