import { GuestError } from './guest-error.js';

/** So many at a time, so many wait. */
export class Places {
  readonly #most: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(most: number, mostWaiting: number) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** Resolves with what gives the place back. Throws TOO_MANY_SIMULTANEOUS_QUERIES when too many wait. */
  async take(): Promise<() => void> {
    if (this.#taken < this.#most) {
      this.#taken += 1;
    } else {
      if (this.#waiting.length >= this.#mostWaiting) {
        const words = `Too many simultaneous queries: ${this.#taken} run and ${this.#waiting.length} wait.`;
        throw new GuestError(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', words);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken -= 1;
      else next();
    };
  }
}
