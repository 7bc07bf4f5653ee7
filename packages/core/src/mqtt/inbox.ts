import type { Context } from '../component.js';
import type { Delivery, DurableReceipt } from '../delivery.js';
import type { LouverError } from '../errors.js';
import type { EpochMs } from '../event.js';
import { countShed } from '../ingest/intake-count.js';
import type { AckSlot, Admission, Arrival, DeferredAcks } from './deferred-ack.js';

/** The connection that a delivery came in by. */
export interface ArrivalLink {
  readonly acks: Pick<DeferredAcks, 'settle'>;
  /** Ends this connection, so that the broker sends again what is not acknowledged. */
  giveBack(cause: LouverError): void;
}

class InboundDelivery implements Delivery {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retained: boolean;
  readonly dup: boolean;
  readonly slot: AckSlot | undefined;
  settled = false;

  constructor(
    arrival: Arrival,
    readonly receivedAtMs: EpochMs,
    private readonly link: ArrivalLink,
    private readonly inbox: Inbox,
  ) {
    this.topic = arrival.topic;
    this.payload = arrival.payload;
    this.qos = arrival.qos;
    this.retained = arrival.retained;
    this.dup = arrival.dup;
    this.slot = arrival.slot;
  }

  ack(_receipt: DurableReceipt): void {
    if (this.settled) return;
    this.settled = true;
    if (this.slot !== undefined) this.link.acks.settle(this.slot);
    this.inbox.released();
  }

  nack(cause: LouverError): void {
    if (this.settled) return;
    this.settled = true;
    if (this.slot !== undefined) this.link.giveBack(cause);
    this.inbox.released();
  }
}

/**
 * What has arrived and is not settled, at most `maxUnsettled`: both what waits to be pulled and what was handed out, also by connections
 * that have ended since.
 */
export class Inbox {
  private arrived: Delivery[] = [];
  private unsettled = 0;
  private open = true;
  private wake: (() => void) | undefined;

  constructor(
    private readonly maxUnsettled: number,
    private readonly context: Context,
    /** There is room again. */
    private readonly onRoom: () => void,
  ) {}

  admit(arrival: Arrival, link: ArrivalLink): Admission {
    if (!this.open) return 'unwanted';
    if (this.unsettled >= this.maxUnsettled) {
      if (arrival.qos > 0) return 'later';
      this.context.metrics.count('transport_shed_total', { transport: 'mqtt' });
      countShed(this.context.metrics, 1);
      return 'unwanted';
    }
    this.unsettled++;
    this.arrived.push(new InboundDelivery(arrival, this.context.clock.now(), link, this));
    this.wake?.();
    return 'taken';
  }

  released(): void {
    this.unsettled--;
    if (this.open && this.unsettled === this.maxUnsettled - 1) this.onRoom();
  }

  /** Waits until something is there; empty when the inbox was closed. */
  async take(): Promise<readonly Delivery[]> {
    while (this.open && this.arrived.length === 0) {
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.wake = undefined;
    }
    if (!this.open) return [];
    const taken = this.arrived;
    this.arrived = [];
    return taken;
  }

  /** What nobody has pulled stays with the broker. */
  close(): void {
    this.open = false;
    this.arrived = [];
    this.wake?.();
  }
}
