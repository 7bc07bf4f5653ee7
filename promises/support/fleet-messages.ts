import type { Measure } from './fleet-stream.js';

export interface FleetSettings {
  /** Devices are PREFIX-0, PREFIX-1, … */
  readonly prefix: string;
  readonly devices: number;
  /** Default 1. */
  readonly qos?: 0 | 1;
}

/** Messages a second, over all devices. */
export type Rates = Partial<Record<Measure, number>>;

/** What the fleet's process is asked for. Each gets one answer, in order. */
export type FleetRequest =
  | { readonly ask: 'connect'; readonly port: number }
  | { readonly ask: 'listen'; readonly port: number }
  | { readonly ask: 'pace'; readonly rates: Rates }
  | { readonly ask: 'tally' | 'rest' | 'ledger' | 'leave' };

/** Since the last one, but for `unacknowledged`. */
export interface FleetTally {
  readonly sent: number;
  readonly acknowledged: number;
  readonly unacknowledged: number;
  /** That were due and that a device could not send, with as many unacknowledged as it can keep. */
  readonly skipped: number;
  readonly resent: number;
  /** Connections that ended although nobody wanted them to. */
  readonly dropped: number;
  readonly commands: number;
  /** From the packet's writing to its acknowledgement, of each message. */
  readonly ackMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly seconds: number;
}

export interface StreamLedger {
  readonly deviceId: string;
  readonly measure: Measure;
  readonly sent: number;
  /** One byte for each message: 1 when it was acknowledged. */
  readonly acknowledged: Uint8Array;
}

export interface ReceivedCommand {
  readonly deviceId: string;
  readonly commandId: string;
  readonly requestId: string;
}

/** What is owed to the fleet. */
export interface FleetLedger {
  readonly baseMs: number;
  readonly streams: readonly StreamLedger[];
  readonly commands: readonly ReceivedCommand[];
}

export interface FleetAnswer {
  readonly error?: string;
  readonly tally?: FleetTally;
  readonly ledger?: FleetLedger;
}
