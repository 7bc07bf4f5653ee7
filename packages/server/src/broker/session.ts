import type { Duplex } from 'node:stream';
import { ackOrder, type AckOrder } from './ack-order.js';
import { ANYONE, type Identity } from './access-list.js';
import type { PacketGate } from './packet-gate.js';

/** What the transport knows of one connection besides the broker. */
export interface Session {
  readonly gate: PacketGate;
  readonly order: AckOrder;
  /** Of messages that are durable as deliveries and have to be kept by the broker as well. */
  readonly keptOrder: AckOrder;
  readonly address: string;
  identity: Identity;
  /** Of CONNECT, in seconds; watched by the gate. */
  keepaliveS: number;
  willTopic: string | undefined;
  /** Messages of this connection that found no room. */
  waiting: number;
}

export function newSession(gate: PacketGate, address: string): Session {
  return {
    gate,
    address,
    order: ackOrder(),
    keptOrder: ackOrder(),
    identity: ANYONE,
    keepaliveS: 0,
    willTopic: undefined,
    waiting: 0,
  };
}

/** Sessions by the stream that the broker has. */
export type Sessions = WeakMap<Duplex, Session>;
