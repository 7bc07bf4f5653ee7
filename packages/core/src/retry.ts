/** Exponential back-off with full jitter, as in "Exponential Backoff And Jitter" (Brooker, 2015). */
export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Milliseconds to wait before attempt `attempt` + 1 (the first failure is attempt 0). At least half of the exponential step, so that a
 * row of unlucky draws does not hammer a peer that has just come back.
 */
export function backoffMs(attempt: number, { baseMs, maxMs }: BackoffOptions, random: () => number): number {
  const stepMs = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
  return stepMs / 2 + (stepMs / 2) * random();
}
