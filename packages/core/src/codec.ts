import type { Asked, Told } from './asked.js';
import type { Command } from './command.js';
import type { EpochMs, InboundEvent } from './event.js';
import type { InferenceRequest, InferenceResult } from './inference-engine.js';
import type { OutboundMessage } from './transport.js';

/** Raw message as it lies in the journal. */
export interface InboundMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly receivedAtMs: EpochMs;
  /** Unique to this delivery and the same when it is replayed: the identity of messages that carry none (P-5). */
  readonly deliveryId: string;
  /** Kept by the broker: it did not happen at `receivedAtMs`. */
  readonly retained?: boolean;
}

/** Everything of this boot up to `seq` is durable: the device may forget it (P-32). */
export interface StoredUpTo {
  readonly kind: 'stored-up-to';
  readonly deviceId: string;
  readonly boot: number;
  readonly seq: number;
}

/** What is asked of the backend itself, and what it tells devices besides commands for their windows (P-34 … P-37). */
export interface DeviceTalk {
  /** MQTT topic filters of what is asked. */
  readonly askFilters: readonly string[];
  /** What is asked at a topic: `undefined` elsewhere. */
  askedAt(topic: string): Asked['kind'] | undefined;
  /** Throws as {@link Codec.decode} does. */
  decodeAsked(topic: string, payload: Uint8Array): Asked;
  encodeTold(told: Told): OutboundMessage;
}

/**
 * Wire format ↔ events. Pure and synchronous. `decode` throws `LouverError` `E_DECODE` (with `reason`) on any malformed input, and
 * nothing else. One message may hold several events, or none.
 */
export interface Codec {
  /** MQTT topic filters of what a backend reads: readings, commands, states. */
  readonly filters: readonly string[];
  /** Of the requests between the processes of a split (P-20): what an inference service reads. Absent: this format has none. */
  readonly requestFilters?: readonly string[];
  /** Of their answers (P-25): what a backend reads besides when its engine is elsewhere. */
  readonly answerFilters?: readonly string[];
  decode(message: InboundMessage): readonly InboundEvent[];
  encode(out: Command | InferenceRequest | InferenceResult): OutboundMessage;
  /** Absent: this format has no acknowledgement of its own (P-32). */
  encodeStored?(upTo: StoredUpTo): OutboundMessage;
  /**
   * Whether only {@link Codec.encodeStored} and the configurations of {@link DeviceTalk} are there: a filter that covers it brings our own words
   * back, and they are not taken in.
   */
  isStoredTopic?(topic: string): boolean;
  /** Absent: devices of this format are told nothing else. */
  readonly talk?: DeviceTalk;
}
