import type { Clock } from './clock.js';
import { LouverError } from './errors.js';

/**
 * Does `work` with a signal that aborts after `timeoutMs`. Rejects with `E_TIMEOUT` then, also when the work pays no heed to its signal: what
 * hangs must not hold up others.
 */
export async function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const deadline = new AbortController();
  const late = new Promise<never>((_resolve, reject) => {
    void clock.sleep(timeoutMs, over.signal).then(() => {
      if (over.signal.aborted) return;
      deadline.abort();
      reject(new LouverError('E_TIMEOUT', `${what} took longer than ${timeoutMs} ms and was given up`));
    });
  });
  try {
    return await Promise.race([work(deadline.signal), late]);
  } finally {
    over.abort();
  }
}
