import { ConnectionFault } from '../connection.js';

/** One call at a time, in order; refuses beyond its bound instead of growing. */
export class CallQueue {
  readonly #maxWaiting: number;
  #waiting = 0;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** Rejects with an `overloaded` fault without having called anything, or with what `call` rejects with. */
  run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#maxWaiting) {
      const words = `${this.#maxWaiting} calls are waiting for the embedded engine already`;
      return Promise.reject(new ConnectionFault(words, { kind: 'overloaded' }));
    }
    this.#waiting += 1;
    const result = this.#tail.then(call);
    this.#tail = result.then(
      () => void (this.#waiting -= 1),
      () => void (this.#waiting -= 1),
    );
    return result;
  }

  /** Resolves when everything that was queued has ended. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
