import { systemClock } from '@louver/core';

/**
 * Calls `onHang` when nothing has progressed for as long as it may. One timer for as long as there is work, not one for each piece of it. By
 * the machine's own time: a thread does not live in the day that a test lets pass in a second.
 */
export class HangWatch {
  readonly #onHang: (limitMs: number) => void;
  #limitMs = 0;
  #sinceMs = 0;
  #watching: AbortController | undefined;

  constructor(onHang: (limitMs: number) => void) {
    this.#onHang = onHang;
  }

  /** From now on there are so many milliseconds again. */
  restart(limitMs: number): void {
    const isShorter = limitMs < this.#limitMs;
    this.#limitMs = limitMs;
    this.#sinceMs = performance.now();
    // A timer for the longer time would wake too late.
    if (isShorter) this.#watching?.abort();
    if (isShorter || this.#watching === undefined) void this.#watch();
  }

  /** Nothing is under way. */
  pause(): void {
    this.#sinceMs = Infinity;
  }

  end(): void {
    this.#watching?.abort();
    this.#watching = undefined;
  }

  async #watch(): Promise<void> {
    const watching = (this.#watching = new AbortController());
    for (;;) {
      await systemClock.sleep(Math.max(0, this.#leftMs()), watching.signal);
      // What was answered while this process itself stood still is read first.
      await new Promise((resolve) => setImmediate(resolve));
      if (watching.signal.aborted) return;
      if (this.#sinceMs === Infinity) break;
      if (this.#leftMs() <= 0) {
        this.#watching = undefined;
        return this.#onHang(this.#limitMs);
      }
    }
    this.#watching = undefined;
  }

  #leftMs(): number {
    return this.#sinceMs === Infinity ? this.#limitMs : this.#sinceMs + this.#limitMs - performance.now();
  }
}
