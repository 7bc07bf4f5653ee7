import type { LouverError } from '@louver/core';
import type { DeviceObserver } from '../demo/device-connection.js';
import { LatencyHistogram } from './latency-histogram.js';

/** Counts what becomes of the messages of many devices. */
export class SimulationTally {
  /** Why the broker refuses a device for good. */
  refusal: LouverError | undefined;
  readonly #devices: number;
  readonly #onRefused: () => void;
  readonly #overall = new LatencyHistogram();
  readonly #recent = new LatencyHistogram();
  #sent = 0;
  #acknowledged = 0;
  #commands = 0;
  #connected = 0;

  constructor(devices: number, onRefused: () => void) {
    this.#devices = devices;
    this.#onRefused = onRefused;
  }

  /** For one device. */
  observer(): DeviceObserver {
    let isUp = false;
    return {
      sent: () => void this.#sent++,
      acknowledged: (ms) => {
        this.#acknowledged++;
        this.#overall.add(ms);
        this.#recent.add(ms);
      },
      commanded: () => void this.#commands++,
      connected: () => {
        if (!isUp) this.#connected++;
        isUp = true;
      },
      disconnected: (reason) => {
        if (isUp) this.#connected--;
        isUp = false;
        if (reason.retryable) return;
        this.refusal ??= reason;
        this.#onRefused();
      },
    };
  }

  /** How it goes; percentiles since the last line. */
  line(): string {
    const line = `connected ${this.#connected}/${this.#devices}  ${this.#counts(this.#recent)}`;
    this.#recent.reset();
    return line;
  }

  /** How it went; percentiles over all. */
  summary(seconds: number): string {
    const open = this.#sent - this.#acknowledged;
    const devices = `${this.#devices} device${this.#devices === 1 ? '' : 's'}`;
    return `${devices}, ${seconds.toFixed(1)} s: ${this.#counts(this.#overall)}  not acknowledged ${open}`;
  }

  #counts(latency: LatencyHistogram): string {
    const percentiles = `p50 ${shown(latency.percentile(0.5))}  p99 ${shown(latency.percentile(0.99))}`;
    return `sent ${this.#sent}  acknowledged ${this.#acknowledged}  ${percentiles}  commands ${this.#commands}`;
  }
}

function shown(ms: number): string {
  if (Number.isNaN(ms)) return '- ms';
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
}
