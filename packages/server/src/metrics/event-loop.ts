import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often a timer is set; what it measures includes this time itself. */
const RESOLUTION_MS = 10;
const PERCENTILES = { p50: 50, p99: 99 };

export interface EventLoopDelay {
  /** How late timers were since the last call, in milliseconds: `p50`, `p99` and `max`; nothing before the first timer. */
  take(): readonly (readonly [stat: string, delayMs: number])[];
  stop(): void;
}

/** Watches how late the event loop is. */
export function watchEventLoop(): EventLoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const lateMs = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);
  return {
    take() {
      if (histogram.count === 0) return [];
      const percentiles = Object.entries(PERCENTILES).map(
        ([name, percent]) => [name, lateMs(histogram.percentile(percent))] as const,
      );
      const all = [...percentiles, ['max', lateMs(histogram.max)] as const];
      histogram.reset();
      return all;
    },
    stop: () => void histogram.disable(),
  };
}
