import type { Readable } from 'node:stream';
import type { Aedes, Client } from 'aedes';

/** A message as the broker keeps it. `brokerId` and `brokerCounter` together are its name within the process. */
export interface KeptPacket {
  readonly cmd?: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly dup?: boolean;
  readonly brokerId?: string;
  readonly brokerCounter?: number;
  readonly messageId?: number | undefined;
}

export interface Addressed {
  readonly clientId: string;
}

export interface Filter {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
}

interface Named {
  readonly id: string;
}

/** What the broker keeps, in memory: the methods that are extended here. */
export interface Persistence {
  storeRetained(packet: KeptPacket): Promise<void>;
  createRetainedStreamCombi(filters: readonly string[]): Readable;
  addSubscriptions(client: Named, filters: readonly Filter[]): Promise<void>;
  removeSubscriptions(client: Named, topics: readonly string[]): Promise<void>;
  cleanSubscriptions(client: Named): Promise<void>;
  subscriptionsByClient(client: Named): Promise<readonly Filter[]>;
  subscriptionsByTopic(topic: string): Promise<readonly Addressed[]>;
  outgoingEnqueueCombi(to: readonly Addressed[], packet: KeptPacket): Promise<void>;
  outgoingUpdate(client: Named, packet: KeptPacket): Promise<void>;
  outgoingClearMessageId(client: Named, packet: KeptPacket): Promise<KeptPacket | undefined>;
  outgoingStream(client: Named): Readable;
  incomingGetPacket(client: Named, packet: unknown): Promise<unknown>;
  putWill(client: Named, packet: KeptPacket): Promise<void>;
  delWill(client: Named): Promise<unknown>;
  streamWill(brokers?: unknown): Readable;
}

export type Listener = (packet: { readonly topic: string }, done: () => void) => void;

/** Hands messages to the subscriptions of those who are connected. */
export interface Emitter {
  on(topic: string, listener: Listener, done?: () => void): unknown;
  removeListener(topic: string, listener: Listener, done?: () => void): unknown;
}

/** The parts of the broker that its types leave out. Pinned to one version; every one of them is used by a test. */
export interface AedesInternals {
  readonly id: string;
  readonly clients: Readonly<Record<string, Client>>;
  readonly persistence: Persistence;
  readonly mq: Emitter;
  /** Of the last message. */
  counter: number;
}

export function internalsOf(broker: Aedes): AedesInternals {
  return broker as unknown as AedesInternals;
}
