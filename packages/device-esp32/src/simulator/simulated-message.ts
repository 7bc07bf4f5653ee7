import type { OutboundMessage } from '@louver/core';

/** The quantities that a simulated device measures. */
export const SIMULATED_QUANTITIES = ['temperature', 'humidity'] as const;

export type SimulatedQuantity = (typeof SIMULATED_QUANTITIES)[number];

/** What a message says that a backend stores. */
export interface SimulatedReading {
  readonly sensor: SimulatedQuantity | 'audio';
  /** Its number since power-on [P-5]. */
  readonly seq: number;
  /** °C or percent; absent for a recording. */
  readonly value?: number;
}

/** A message of a simulated device, and what it is about. */
export interface SimulatedMessage extends OutboundMessage {
  /** Absent: a status or a window's state. */
  readonly reading?: SimulatedReading;
  /** The payload in pieces, the first of them shared with other messages: who writes them one after the other copies none. */
  readonly parts?: readonly [Uint8Array, string];
}

/** A recording's message, whose payload is put together only for those who ask for it. */
export function messageOfParts(topic: string, parts: readonly [Uint8Array, string], seq: number): SimulatedMessage {
  return {
    topic,
    qos: 1,
    retain: false,
    reading: { sensor: 'audio', seq },
    parts,
    get payload() {
      return Buffer.concat([parts[0], Buffer.from(parts[1], 'latin1')]);
    },
  };
}
