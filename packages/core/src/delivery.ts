import type { EpochMs } from './event.js';
import type { LouverError } from './errors.js';

declare const durable: unique symbol;

/**
 * Proof that content is durable. Branded: only a journal, a storage adapter or an inference service makes one (by {@link durableReceipt}); only a
 * receipt settles a {@link Delivery}.
 */
export interface DurableReceipt {
  readonly [durable]: true;
  /**
   * `answered`: what the message asked for has been published and the broker has it. `none`: the content is in memory only, and the operator
   * chose that.
   */
  readonly level: 'journal' | 'storage' | 'answered' | 'none';
  readonly atMs: EpochMs;
}

/** For authors of journals, storage adapters and services: call it after the content is durable, never before. */
export function durableReceipt(level: DurableReceipt['level'], atMs: EpochMs): DurableReceipt {
  return { level, atMs } as DurableReceipt;
}

/** One message whose sender still holds it. Exactly one of `ack` or `nack` is called, exactly once; order is the transport's business. */
export interface Delivery {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly receivedAtMs: EpochMs;
  readonly qos: 0 | 1 | 2;
  /** Sent by the broker because it was kept, not because it just happened. */
  readonly retained: boolean;
  /** The sender may have sent it before [MQTT-3.3.1-1]: no proof of it, but a reason to look further back. */
  readonly dup?: boolean;
  /** Published by this process and delivered back to be logged: it may use the room that the journal keeps for such. */
  readonly own?: boolean;
  ack(receipt: DurableReceipt): void;
  /** Returns the message to the sender for redelivery. */
  nack(cause: LouverError): void;
}
