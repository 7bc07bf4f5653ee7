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
  /** In the order of the journal; once per message. */
  readonly onDecoded: (decoded: Decoded) => void;
  readonly onError: (error: LouverError) => void;
}

const RETRY = { baseMs: 50, maxMs: 2_000 };

/** Transport → journal → acknowledgement, then on to whoever looks at the live stream. */
export class Receiver {
  #lastPosition: Position = 0;
  readonly #stop = new AbortController();
  #receiving: Promise<void> = Promise.resolve();
  #looking: Promise<void> = Promise.resolve();
  #appending = 0;
  readonly #idleWaiters: (() => void)[] = [];

  constructor(private readonly options: ReceiverOptions) {}

  /** Position of the newest record in the journal. */
  get lastPosition(): Position {
    return this.#lastPosition;
  }

  /** The journal has got records up to here. */
  reached(position: Position): void {
    this.#lastPosition = Math.max(this.#lastPosition, position);
  }

  start(): void {
    this.#receiving = this.#receive().catch((error: unknown) => {
      this.options.onError(LouverError.from(error, 'E_TRANSPORT'));
    });
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
      void this.#append(deliveries);
    }
  }

  async #append(deliveries: readonly Delivery[]): Promise<void> {
    const { journal, context, onError } = this.options;
    const records = deliveries.map(({ topic, payload, receivedAtMs }): DeliveryRecord => ({
      type: 'delivery',
      topic,
      payload,
      receivedAtMs,
    }));
    this.#appending++;
    try {
      for (let attempt = 0; !this.#stop.signal.aborted; attempt++) {
        try {
          return this.#appended(deliveries, records, await journal.append(records));
        } catch (error) {
          const cause = LouverError.from(error, 'E_JOURNAL_IO');
          onError(cause);
          // Held, not lost: the sender still has it. Without a retry it is redelivered after the restart.
          if (!cause.retryable) return;
          await context.clock.sleep(backoffMs(attempt, RETRY, context.random), this.#stop.signal);
        }
      }
    } finally {
      this.#appending--;
      if (this.#appending === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
    }
  }

  #appended(
    deliveries: readonly Delivery[],
    records: readonly DeliveryRecord[],
    { receipt, first }: Awaited<ReturnType<Journal['append']>>,
  ): void {
    const { acknowledge, onHeld, context } = this.options;
    this.reached(first + records.length - 1);
    for (let i = 0; i < deliveries.length; i++) {
      if (acknowledge === 'append') deliveries[i]!.ack(receipt);
      else onHeld(first + i, deliveries[i]!);
    }
    context.metrics.count('received_total', undefined, deliveries.length);
    this.#looking = this.#looking.then(() => this.#look(first, records));
  }

  async #look(first: Position, records: readonly DeliveryRecord[]): Promise<void> {
    const { decoder, onDecoded } = this.options;
    const slice = timeSlice();
    for (let i = 0; i < records.length; i++) {
      onDecoded(decoder.share(first + i, records[i]!));
      await slice.over();
    }
  }
}
