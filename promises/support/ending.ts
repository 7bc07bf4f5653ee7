import type { ManualClock } from '@louver/core/testkit';

/** Waits for what may wait for the clock itself, a goodbye say. */
export async function ending<T>(work: Promise<T>, clock: ManualClock): Promise<T> {
  const over = { is: false };
  const ended = work.finally(() => (over.is = true));
  while (!over.is) {
    await clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return ended;
}
