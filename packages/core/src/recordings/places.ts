import { setMaxListeners } from 'node:events';

/** So many at a time; the others wait in line. */
export class Places {
  readonly #waiting = new Set<() => void>();

  constructor(private free: number) {}

  /** Resolves to whether there is a place; false once `signal` has aborted. Each place that was had is given back. */
  take(signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return Promise.resolve(false);
    if (this.free > 0) {
      this.free--;
      return Promise.resolve(true);
    }
    if (signal !== undefined) setMaxListeners(0, signal);
    return new Promise((resolve) => {
      const finish = (has: boolean): void => {
        this.#waiting.delete(called);
        signal?.removeEventListener('abort', gone);
        resolve(has);
      };
      const called = (): void => finish(true);
      const gone = (): void => finish(false);
      this.#waiting.add(called);
      signal?.addEventListener('abort', gone, { once: true });
    });
  }

  /** The place goes to the next in line without being free in between. */
  give(): void {
    for (const called of this.#waiting) return called();
    this.free++;
  }
}
