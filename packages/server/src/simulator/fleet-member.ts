import type { LouverError } from '@louver/core';
import { type Clock } from '@louver/core';
import { SimulatedDevice, type SimulatedDeviceOptions, type SimulatedMessage } from '@louver/device-esp32';
import type { BrokerAccess } from '../cli/client-connection.js';
import { DeviceLink } from './device-link.js';
import type { DialQueue } from './dial-queue.js';
import { DeviceLedger } from './ledger.js';

/** What happens to any of many devices, for those who count. */
export interface FleetObserver {
  readonly connected: () => void;
  /** @param wasUp It had been connected. */
  readonly lost: (reason: LouverError, wasUp: boolean) => void;
  readonly sent: () => void;
  readonly repeated: () => void;
  /** @param ms From publishing to the broker's acknowledgement. */
  readonly acknowledged: (ms: number) => void;
  /** A command that had not come before. */
  readonly commanded: () => void;
}

export interface FleetMemberOptions {
  readonly access: BrokerAccess;
  readonly dials: DialQueue;
  readonly clock: Clock;
  readonly monotonicMs: () => number;
  readonly device: Omit<SimulatedDeviceOptions, 'publish' | 'clock'>;
  /** Share of the readings that are sent twice, 0..1. */
  readonly duplicates: number;
  readonly observer: FleetObserver;
  /** The device may have to be looked at sooner than was said. */
  readonly onSooner: (member: FleetMember) => void;
}

/** A simulated device, its connection and what is owed to it. */
export class FleetMember {
  readonly device: SimulatedDevice;
  readonly link: DeviceLink;
  readonly ledger: DeviceLedger;
  /** When it stands in the queue. */
  scheduledMs = Infinity;
  readonly #o: FleetMemberOptions;
  #isRunning = false;
  #wasUp = false;

  constructor(options: FleetMemberOptions) {
    this.#o = options;
    const { access, dials, clock, monotonicMs, observer, device } = options;
    this.device = new SimulatedDevice({ ...device, clock, publish: (message) => this.#publish(message) });
    this.ledger = new DeviceLedger(device.deviceId, this.device.boot);
    const { will, subscriptions, deviceId } = this.device;
    this.link = new DeviceLink({
      access,
      // One for a device, as its firmware has it: the broker keeps no more sessions than there are devices.
      clientId: `${deviceId}-simulated`,
      will: { topic: will.topic, payload: String(will.payload) },
      subscriptions,
      dials,
      monotonicMs,
      random: device.random,
      events: {
        connected: () => this.#connected(),
        message: (topic, payload, retained) => this.#message(topic, payload, retained),
        lost: (reason) => {
          observer.lost(reason, this.#wasUp);
          this.#wasUp = false;
        },
        sent: observer.sent,
        repeated: observer.repeated,
        acknowledged: ({ reading }, ms) => {
          observer.acknowledged(ms);
          if (reading !== undefined) this.ledger.acknowledged(reading);
        },
      },
    });
  }

  /** Whether it has been connected and measures since. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  #connected(): void {
    this.#wasUp = true;
    this.#o.observer.connected();
    void this.device.start();
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#o.onSooner(this);
  }

  #message(topic: string, payload: Buffer, retained: boolean): void {
    const id = retained ? undefined : commandIdOf(payload);
    if (id !== undefined && this.ledger.commanded(id)) this.#o.observer.commanded();
    void this.device.onMessage(topic, payload, retained);
    this.#o.onSooner(this);
  }

  #publish(message: SimulatedMessage): Promise<void> {
    const { duplicates, device } = this.#o;
    const twice = message.reading !== undefined && duplicates > 0 && device.random() < duplicates;
    return this.link.publish(message, twice ? 2 : 1);
  }
}

/** What tells commands apart; the text itself where they have no id. */
function commandIdOf(payload: Buffer): string {
  const text = payload.toString();
  try {
    const { command_id: id } = JSON.parse(text) as { readonly command_id?: unknown };
    if (typeof id === 'string') return id;
  } catch {
    // The device answers that it is unreadable.
  }
  return text;
}
