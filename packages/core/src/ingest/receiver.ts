import type { Context } from '../component.js';
import { durableReceipt, type Delivery, type DurableReceipt } from '../delivery.js';
import { LouverError } from '../errors.js';
import type { EpochMs } from '../event.js';
import type { DeliveryRecord, Journal, Position } from '../journal.js';
import type { Transport } from '../transport.js';
import { AppendLine } from './append-line.js';
import type { Decoded, Decoder } from './decoder.js';
import { IntakeCount } from './intake-count.js';
import { batchesOf, type ReceivedBatch } from './received-batch.js';
import { timeSlice } from './time-slice.js';

/** What the live path is told of a message besides its events. */
export interface Seen {
  /** It did not happen just now. */
  readonly retained: boolean;
  /** The journal has it; else it is held, and {@link ReceiverOptions.onDurable} follows. */
  readonly durable: boolean;
}

export interface ReceiverOptions {
  readonly transport: Transport;
  readonly filters: readonly string[];
  readonly journal: Journal;
  readonly decoder: Decoder;
  readonly maxUnsettled: number;
  /** What is of no use to anybody and is not taken in. */
  readonly ignores?: ((topic: string) => boolean) | undefined;
  /** Takes what is asked of the backend itself, and settles it: such a message is not taken in. */
  readonly answers?: ((delivery: Delivery) => boolean) | undefined;
  readonly context: Context;
  /** `append`: acknowledge when the journal has it. `store`: the caller does, by {@link ReceiverOptions.onHeld}. */
  readonly acknowledge: 'append' | 'store';
  readonly onHeld: (position: Position, delivery: Delivery) => void;
  /** In the order of the journal; once per message. */
  readonly onDecoded: (decoded: Decoded, seen: Seen) => void;
  /** A message that was shown while the journal had no room for it is in the journal now. */
  readonly onDurable: (decoded: Decoded) => void;
  readonly onError: (error: LouverError) => void;
}

/** Transport → journal → acknowledgement, then on to whoever looks at the live stream. */
export class Receiver {
  #lastPosition: Position = 0;
  readonly #stop = new AbortController();
  readonly #line: AppendLine;
  readonly #count: IntakeCount;
  #receiving: Promise<void> = Promise.resolve();
  #looking: Promise<void> = Promise.resolve();
  #unlooked = 0;
  /** Names for messages that have no place in the journal yet. */
  #heldCount = 0;
  #ended: LouverError | undefined;

  constructor(private readonly options: ReceiverOptions) {
    const { journal, context, onError } = options;
    this.#count = new IntakeCount(context.metrics);
    this.#line = new AppendLine({
      journal,
      context,
      signal: this.#stop.signal,
      onAppended: (batch, first, receipt) => this.#appended(batch, first, receipt),
      // Control goes on meanwhile, from what the senders still hold.
      onHeld: (batch) => this.#lookAhead(batch),
      onError,
    });
  }

  /** Position of the newest record in the journal. */
  get lastPosition(): Position {
    return this.#lastPosition;
  }

  /** Why the journal takes nothing now. */
  get journalTrouble(): LouverError | undefined {
    return this.#line.trouble;
  }

  /** Why nothing is received any more. */
  get ended(): LouverError | undefined {
    return this.#ended;
  }

  /** The journal has got records up to here. */
  reached(position: Position): void {
    this.#lastPosition = Math.max(this.#lastPosition, position);
  }

  /** When the oldest was received, at the earliest, of what lies in the journal behind `readUpTo` or will. */
  notBeforeMs(readUpTo: Position): EpochMs {
    return this.#line.notBeforeMs(readUpTo);
  }

  start(): void {
    this.#receiving = this.#receive().catch((error: unknown) => {
      this.#ended = LouverError.from(error, 'E_TRANSPORT');
      this.options.onError(this.#ended);
    });
  }

  /**
   * Takes in records of our own as if they had been received: they are before all that is received later. Resolves when the journal has
   * them; while it is full at once, and they wait in the line.
   */
  note(records: readonly DeliveryRecord[]): Promise<void> {
    return this.#line.take({ deliveries: [], records, own: true, looked: false });
  }

  /** Resolves when all that was received is appended and looked at. */
  async idle(): Promise<void> {
    await this.#line.idle();
    await this.#looking;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#receiving;
  }

  async #receive(): Promise<void> {
    const { transport, filters, maxUnsettled } = this.options;
    for await (const deliveries of transport.receive(filters, { maxUnsettled, signal: this.#stop.signal })) {
      // Not awaited: the next deliveries share the journal's next sync (group commit).
      for (const batch of batchesOf(this.#useful(deliveries))) void this.#line.take(batch);
      // Acknowledging is faster than decoding: without this what waits to be looked at would have no bound.
      if (this.#unlooked >= maxUnsettled) await this.#looking;
    }
  }

  #useful(deliveries: readonly Delivery[]): readonly Delivery[] {
    // Nearly always all of them are: no list of their own.
    let useful: Delivery[] | undefined;
    deliveries.forEach((delivery, i) => {
      if (this.#isOver(delivery)) useful ??= deliveries.slice(0, i);
      else useful?.push(delivery);
    });
    return useful ?? deliveries;
  }

  /** It is settled already. */
  #isOver(delivery: Delivery): boolean {
    const { ignores, answers, context } = this.options;
    if (answers?.(delivery) === true) return true;
    if (ignores?.(delivery.topic) !== true) return false;
    delivery.ack(durableReceipt('none', context.clock.now()));
    return true;
  }

  #appended(batch: ReceivedBatch, first: Position, receipt: DurableReceipt): void {
    const { acknowledge, onHeld, onDecoded, onDurable, decoder, context } = this.options;
    const { deliveries, records, looked } = batch;
    this.reached(first + records.length - 1);
    for (let i = 0; i < deliveries.length; i++) {
      if (acknowledge === 'append') deliveries[i]!.ack(receipt);
      else onHeld(first + i, deliveries[i]!);
    }
    context.metrics.count('received_total', undefined, deliveries.length);
    this.#look(records, (i) => {
      const decoded = decoder.share(first + i, records[i]!);
      this.#count.observe(decoded);
      if (looked) onDurable(decoded);
      else onDecoded(decoded, { retained: records[i]!.retained === true, durable: true });
    });
  }

  #lookAhead({ records }: ReceivedBatch): void {
    const { decoder, onDecoded } = this.options;
    this.#look(records, (i) => {
      const record = records[i]!;
      const decoded = decoder.decode(`held:${record.receivedAtMs}:${this.#heldCount++}`, record);
      onDecoded(decoded, { retained: record.retained === true, durable: false });
    });
  }

  #look(records: readonly DeliveryRecord[], show: (i: number) => void): void {
    this.#unlooked += records.length;
    this.#looking = this.#looking.then(async () => {
      const slice = timeSlice();
      for (let i = 0; i < records.length; i++) {
        this.#guarded(records[i]!, () => show(i));
        this.#unlooked--;
        const pause = slice.over();
        // Awaiting nothing would cost a turn of the microtask queue per message.
        if (pause !== undefined) await pause;
      }
    });
  }

  #guarded({ topic }: DeliveryRecord, show: () => void): void {
    const { context } = this.options;
    try {
      show();
    } catch (error) {
      // A detector is somebody else's code: one message that it cannot bear must not end control for all.
      context.metrics.count('live_failed_total');
      context.logger.error('live path failed', { topic, error: String(error) });
    }
  }
}
