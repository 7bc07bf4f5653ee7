import type { Clock, EpochMs } from '@louver/core';

export interface CompressedClockOptions {
  readonly clock: Clock;
  /** A clock that is never set, in ms. */
  readonly monotonicMs: () => number;
  /** How many times faster than real time, above 0. */
  readonly factor: number;
  /** Its time now. */
  readonly beginMs: EpochMs;
}

/** A clock that goes `factor` times as fast as time does. */
export function compressedClock({ clock, monotonicMs, factor, beginMs }: CompressedClockOptions): Clock {
  const zeroMs = monotonicMs();
  return {
    now: () => Math.round(beginMs + (monotonicMs() - zeroMs) * factor),
    sleep: (ms, signal) => clock.sleep(ms / factor, signal),
  };
}
