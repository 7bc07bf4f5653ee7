import type { EpochMs, Quantity, ScalarReading, Scalars, WaveformReading } from './event.js';

/** Something worth asking the model about. */
export interface Change {
  readonly deviceId: string;
  readonly timestampMs: EpochMs;
  /** Quantities that moved, or `audio`. */
  readonly triggers: readonly Quantity[];
  /** Of the reading that triggered: becomes the request id (P-23). */
  readonly messageId: string;
}

/**
 * Report by exception against the value at the last request. `observe` is synchronous and returns `undefined`, without allocating,
 * when nothing is worth reporting.
 */
export interface ChangeDetector {
  observe(reading: ScalarReading | WaveformReading): Change | undefined;
  /** The baseline for later comparisons: called when a request is made, and at start from what is stored. */
  rebase(deviceId: string, values: Scalars): void;
  /** What was asked last was not decided: the device's next reading is worth reporting. */
  forget(deviceId: string): void;
}
