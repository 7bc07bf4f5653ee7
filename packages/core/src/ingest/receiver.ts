import type { Context } from '../component.js';
import type { Delivery } from '../delivery.js';
import { LouverError } from '../errors.js';
import type { DeliveryRecord, Journal, Position } from '../journal.js';
import { backoffMs } from '../retry.js';
import type { Transport } from '../transport.js';
import type { Decoded, Decoder } from './decoder.js';
import { timeSlice } from './time-slice.js';

export interface ReceiverOptions {
  readonly transport: Transport;
  readonly filters: readonly string[];
  readonly journal: Journal;
  readonly decoder: Decoder;
  readonly maxUnsettled: number;
  readonly context: Context;
  /** `append`: acknowledge when the journal has it. `store`: the caller does, by {@link ReceiverOptions.onHeld}. */
  readonly acknowledge: 'append' | 'store';
  readonly onHeld: (position: Position, delivery: Delivery) => void;
  /** In the order of the journal; once per message. `retained`: it did not happen just now. */
  readonly onDecoded: (decoded: Decoded, retained: boolean) => void;
  readonly onError: (error: LouverError) => void;
}

/** Deliveries that are appended together, and what has been done with them. */
interface Batch {
  /** None for records of our own. */
  readonly deliveries: readonly Delivery[];
  readonly records: readonly DeliveryRecord[];
  /** The live path has seen them before the journal had room for them. */
  looked: boolean;
}

const RETRY = { baseMs: 50, maxMs: 2_000 };
/** Bytes of payload in one append: what is larger than the journal's free space would wait for ever, and its neighbours with it. */
const APPEND_BYTES = 1024 * 1024;

/** Transport → journal → acknowledgement, then on to whoever looks at the live stream. */
export class Receiver {
  #lastPosition: Position = 0;
  readonly #stop = new AbortController();
  #receiving: Promise<void> = Promise.resolve();
  #looking: Promise<void> = Promise.resolve();
  #unlooked = 0;
  #appending = 0;
  /** What the journal has had no room for, oldest first: at most `maxUnsettled` deliveries. */
  readonly #held: Batch[] = [];
  #heldCount = 0;
  #retrying: Promise<void> | undefined;
  #journalTrouble: LouverError | undefined;
  #ended: LouverError | undefined;
  readonly #idleWaiters: (() => void)[] = [];

  constructor(private readonly options: ReceiverOptions) {}

  /** Position of the newest record in the journal. */
  get lastPosition(): Position {
    return this.#lastPosition;
  }

  /** Why the journal takes nothing now. */
  get journalTrouble(): LouverError | undefined {
    return this.#journalTrouble;
  }

  /** Why nothing is received any more. */
  get ended(): LouverError | undefined {
    return this.#ended;
  }

  /** The journal has got records up to here. */
  reached(position: Position): void {
    this.#lastPosition = Math.max(this.#lastPosition, position);
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
    return this.#take({ deliveries: [], records, looked: false });
  }

  /** Resolves when all that was received is appended and looked at. */
  async idle(): Promise<void> {
    if (this.#appending > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
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
      for (const part of inParts(deliveries)) this.#append(part);
      // Acknowledging is faster than decoding: without this what waits to be looked at would have no bound.
      if (this.#unlooked >= maxUnsettled) await this.#looking;
    }
  }

  #append(deliveries: readonly Delivery[]): void {
    const records = deliveries.map(({ topic, payload, receivedAtMs }): DeliveryRecord => ({
      type: 'delivery',
      topic,
      payload,
      receivedAtMs,
    }));
    void this.#take({ deliveries, records, looked: false });
  }

  async #take(batch: Batch): Promise<void> {
    this.#appending++;
    if (this.#retrying !== undefined) return this.#hold([batch]);
    const refused = await this.#tryAppend(batch);
    if (refused !== undefined) this.#hold([batch], refused);
  }

  /** Resolves to the error when it is worth another try. */
  async #tryAppend(batch: Batch): Promise<LouverError | undefined> {
    try {
      this.#appended(batch, await this.options.journal.append(batch.records));
    } catch (error) {
      const cause = LouverError.from(error, 'E_JOURNAL_IO');
      this.#journalTrouble = cause;
      if (cause.retryable) return cause;
      // Held, not lost: the sender still has it. Without a retry it is redelivered after the restart.
      this.options.onError(cause);
    }
    this.#over(1);
    return undefined;
  }

  /** Keeps them for another try; control goes on meanwhile, from what the senders still hold. */
  #hold(batches: readonly Batch[], cause?: LouverError): void {
    this.#held.push(...batches);
    for (const batch of batches) this.#lookAhead(batch);
    if (cause !== undefined) this.#retrying ??= this.#retry(cause);
  }

  /** In order: what comes in the meantime waits behind. */
  async #retry(first: LouverError): Promise<void> {
    const { context, onError } = this.options;
    const { signal } = this.#stop;
    let cause: LouverError | undefined = first;
    for (let attempt = 0; this.#held.length > 0; attempt++) {
      if (cause !== undefined) {
        onError(cause);
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
      this.#held.unshift(...batches.filter((_, i) => outcomes[i] !== undefined));
    }
    this.#retrying = undefined;
  }

  #over(batches: number): void {
    this.#appending -= batches;
    if (this.#appending === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  #appended(batch: Batch, { receipt, first }: Awaited<ReturnType<Journal['append']>>): void {
    const { acknowledge, onHeld, context } = this.options;
    const { deliveries, records } = batch;
    this.#journalTrouble = undefined;
    this.reached(first + records.length - 1);
    for (let i = 0; i < deliveries.length; i++) {
      if (acknowledge === 'append') deliveries[i]!.ack(receipt);
      else onHeld(first + i, deliveries[i]!);
    }
    context.metrics.count('received_total', undefined, deliveries.length);
    if (!batch.looked) this.#look(batch, (i) => this.options.decoder.share(first + i, records[i]!));
  }

  #lookAhead(batch: Batch): void {
    if (batch.looked) return;
    batch.looked = true;
    this.#look(batch, (i) => {
      const record = batch.records[i]!;
      return this.options.decoder.decode(`held:${record.receivedAtMs}:${this.#heldCount++}`, record);
    });
  }

  #look({ deliveries, records }: Batch, decode: (i: number) => Decoded): void {
    this.#unlooked += records.length;
    this.#looking = this.#looking.then(async () => {
      const slice = timeSlice();
      for (let i = 0; i < records.length; i++) {
        this.#show(decode(i), deliveries[i]?.retained === true);
        this.#unlooked--;
        const pause = slice.over();
        // Awaiting nothing would cost a turn of the microtask queue per message.
        if (pause !== undefined) await pause;
      }
    });
  }

  #show(decoded: Decoded, retained: boolean): void {
    const { onDecoded, context } = this.options;
    try {
      onDecoded(decoded, retained);
    } catch (error) {
      // A detector is somebody else's code: one message that it cannot bear must not end control for all.
      context.metrics.count('live_failed_total');
      context.logger.error('live path failed', { topic: decoded.message.topic, error: String(error) });
    }
  }
}

function* inParts(deliveries: readonly Delivery[]): Generator<readonly Delivery[]> {
  let start = 0;
  let bytes = 0;
  for (let i = 0; i < deliveries.length; i++) {
    const next = deliveries[i]!.payload.byteLength;
    if (i > start && bytes + next > APPEND_BYTES) {
      yield deliveries.slice(start, i);
      start = i;
      bytes = 0;
    }
    bytes += next;
  }
  if (start < deliveries.length) yield start === 0 ? deliveries : deliveries.slice(start);
}
