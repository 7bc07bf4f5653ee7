import type { LouverError } from '@louver/core';
import type { FleetObserver } from '../simulator/fleet-member.js';
import { LatencyHistogram } from './latency-histogram.js';

/** What a {@link SimulationTally} has counted. */
export interface SimulationCounts {
  readonly sent: number;
  readonly acknowledged: number;
  /** Sent once more, with DUP: after a reconnect, or on demand. */
  readonly repeated: number;
  readonly commands: number;
  readonly connections: number;
  /** Lost connections, and attempts that did not come about. */
  readonly lost: number;
  readonly failed: number;
}

/** Counts what becomes of the messages of many devices. */
export class SimulationTally implements FleetObserver {
  /** Why the broker refuses a device for good. */
  refusal: LouverError | undefined;
  readonly #devices: number;
  readonly #onRefused: () => void;
  readonly #onTrouble: (reason: LouverError) => void;
  readonly #overall = new LatencyHistogram();
  readonly #recent = new LatencyHistogram();
  readonly #counts = { sent: 0, acknowledged: 0, repeated: 0, commands: 0, connections: 0, lost: 0, failed: 0 };
  #connected = 0;
  #isTroubled = false;

  /** @param onTrouble Called once when devices cannot connect, and again only after one could. */
  constructor(devices: number, onRefused: () => void, onTrouble: (reason: LouverError) => void) {
    this.#devices = devices;
    this.#onRefused = onRefused;
    this.#onTrouble = onTrouble;
  }

  readonly sent = (): void => void this.#counts.sent++;
  readonly repeated = (): void => void this.#counts.repeated++;
  readonly commanded = (): void => void this.#counts.commands++;

  readonly acknowledged = (ms: number): void => {
    this.#counts.acknowledged++;
    this.#overall.add(ms);
    this.#recent.add(ms);
  };

  readonly connected = (): void => {
    this.#connected++;
    this.#counts.connections++;
    this.#isTroubled = false;
  };

  readonly lost = (reason: LouverError, wasUp: boolean): void => {
    if (wasUp) this.#connected--;
    this.#counts[wasUp ? 'lost' : 'failed']++;
    if (!reason.retryable) {
      this.refusal ??= reason;
      this.#onRefused();
    } else if (!wasUp && !this.#isTroubled) {
      this.#isTroubled = true;
      this.#onTrouble(reason);
    }
  };

  get counts(): SimulationCounts {
    return { ...this.#counts };
  }

  /** Percentiles of the time to the acknowledgement over all, ms; NaN without any. */
  get latencyMs(): { readonly p50: number; readonly p99: number } {
    return { p50: this.#overall.percentile(0.5), p99: this.#overall.percentile(0.99) };
  }

  /** How it goes; percentiles since the last line. */
  line(): string {
    const line = `connected ${this.#connected}/${this.#devices}  ${this.#told(this.#recent)}`;
    this.#recent.reset();
    return line;
  }

  /** How it went; percentiles over all. */
  summary(seconds: number): string {
    const { sent, acknowledged, repeated, lost, failed } = this.#counts;
    const devices = `${this.#devices} device${this.#devices === 1 ? '' : 's'}`;
    const trouble = [
      [repeated, 'sent again'],
      [lost, 'connections lost'],
      [failed, 'attempts to connect failed'],
    ] as const;
    const more = trouble.flatMap(([count, what]) => (count === 0 ? [] : [`  ${what} ${count}`])).join('');
    const told = this.#told(this.#overall);
    return `${devices}, ${seconds.toFixed(1)} s: ${told}${more}  not acknowledged ${sent - acknowledged}`;
  }

  #told(latency: LatencyHistogram): string {
    const { sent, acknowledged, commands } = this.#counts;
    const percentiles = `p50 ${shown(latency.percentile(0.5))}  p99 ${shown(latency.percentile(0.99))}`;
    return `sent ${sent}  acknowledged ${acknowledged}  ${percentiles}  commands ${commands}`;
  }
}

function shown(ms: number): string {
  if (Number.isNaN(ms)) return '- ms';
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
}
