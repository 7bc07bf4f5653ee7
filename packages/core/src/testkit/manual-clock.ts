import type { Clock } from '../clock.js';
import type { EpochMs } from '../event.js';

export interface ManualClock extends Clock {
  /** Moves time on, waking every sleeper at its own moment, in order; what a sleeper does next happens before the next one wakes. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly wakeMs: EpochMs;
  readonly wake: () => void;
}

/** A clock that stands still until it is told to go on. Starts at `startMs`. */
export function manualClock(startMs: EpochMs): ManualClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();

  function earliest(untilMs: EpochMs): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of sleepers) {
      if (sleeper.wakeMs <= untilMs && (first === undefined || sleeper.wakeMs < first.wakeMs)) first = sleeper;
    }
    return first;
  }

  return {
    now: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const finish = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', finish);
          resolve();
        };
        const sleeper = { wakeMs: nowMs + ms, wake: finish };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', finish, { once: true });
      }),
    async advance(ms) {
      const untilMs = nowMs + ms;
      for (let next = earliest(untilMs); next !== undefined; next = earliest(untilMs)) {
        nowMs = Math.max(nowMs, next.wakeMs);
        next.wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
      nowMs = untilMs;
    },
  };
}
