import { systemClock, type Clock } from './clock.js';
import { silentLogger, type Logger } from './logger.js';
import { noMetrics, type Metrics } from './metrics.js';

/** What is injected: no component reaches for the clock, the console or randomness by itself. */
export interface Context {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
}

/** Whether a part can do its work now, and if not, what is wrong in words for an operator. */
export type Health = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/**
 * A part with a life: `open` comes before any other method, `close` waits for calls in flight, is idempotent and is last.
 * An `open` that rejects with a retryable error leaves nothing behind and may be called again.
 */
export interface Component {
  /** For logs and health reports, e.g. `mqtt`, `clickhouse`. */
  readonly name: string;
  open(context: Context): Promise<void>;
  close(): Promise<void>;
  /** Asked at any time after `open`; absent means always well. */
  health?(): Health;
  /**
   * Finds out whether it can do its work now, cheaply and without a trace, and mends what it can itself. Rejects in words when it cannot, or when `signal` aborts.
   * Called between `open` and `close`, one call at a time. Absent: `health` knows without asking.
   */
  check?(signal: AbortSignal): Promise<void>;
}

/** Real time, real randomness, no output. */
export function defaultContext(overrides: Partial<Context> = {}): Context {
  return { clock: systemClock, logger: silentLogger, metrics: noMetrics, random: Math.random, ...overrides };
}
