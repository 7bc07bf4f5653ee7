import { LONGEST_TIMER_MS } from './clock.js';

/**
 * Keeps the process running until the returned function is called. The clock's timers do not, and while a broker is away nothing else may: the
 * program would end, with exit code 0, in the middle of waiting for it.
 */
export function keepAlive(): () => void {
  const timer = setInterval(() => undefined, LONGEST_TIMER_MS);
  return () => clearInterval(timer);
}
