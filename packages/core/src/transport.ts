import type { Component } from './component.js';
import type { Delivery } from './delivery.js';

export interface OutboundMessage {
  readonly topic: string;
  readonly payload: Uint8Array | string;
  readonly qos: 0 | 1;
  readonly retain?: boolean;
}

export interface ReceiveOptions {
  /** Bound on deliveries handed out and not yet settled: at the bound QoS 1 is not read on, QoS 0 is shed and counted. */
  readonly maxUnsettled: number;
  /** Ends the iteration. */
  readonly signal: AbortSignal;
}

/**
 * Messages in and out. One `receive` per transport; the runtime routes. Deliveries may be settled in any order, the transport sends
 * its acknowledgements in receive order [MQTT-4.6.0-2]. After a reconnect, settling an old delivery does nothing. `nack` closes the
 * connection (3.1.1 has no other way). A broker listens only once `receive` runs. A peer that is away does not fail `open`: the
 * transport reconnects by itself and `health` says so.
 */
export interface Transport extends Component {
  /**
   * Devices are connected to it directly, and its acknowledgement is the one that they get: nothing lies between that could lose what was
   * acknowledged. Absent: a broker does.
   */
  readonly direct?: boolean;
  /** Pull-based. Never has more than `maxUnsettled` deliveries unsettled: this is the backpressure. */
  receive(filters: readonly string[], options: ReceiveOptions): AsyncIterable<readonly Delivery[]>;
  /** Resolves when the peer has taken responsibility (QoS 1: PUBACK). Rejects with `E_TRANSPORT`, or when `signal` aborts. */
  publish(message: OutboundMessage, signal?: AbortSignal): Promise<void>;
}
