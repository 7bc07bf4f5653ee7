import type { Clock } from '../clock.js';

export interface SteppingClock extends Clock {
  /** Somebody sets the clock: by so much forward, or back when it is negative. Who sleeps is not woken by it. */
  step(ms: number): void;
}

/** A clock as a machine's is: its time may jump while its timers go on as they were. */
export function steppingClock(clock: Clock): SteppingClock {
  let offsetMs = 0;
  return {
    now: () => clock.now() + offsetMs,
    sleep: (ms, signal) => clock.sleep(ms, signal),
    step(ms) {
      offsetMs += ms;
    },
  };
}
