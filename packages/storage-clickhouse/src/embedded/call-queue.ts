import { ConnectionFault } from '../connection.js';

/** Waiting calls of guests beside our own. */
const MAX_GUESTS = 64;

/**
 * One call at a time, in order, those of guests after our own; refuses beyond its bound instead of growing.
 * @param maxWaiting our own calls, the one that runs among them
 */
export class CallQueue {
  readonly #maxWaiting: number;
  readonly #own: (() => Promise<void>)[] = [];
  readonly #guests: (() => Promise<void>)[] = [];
  #waiting = 0;
  #tail: Promise<void> | undefined;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** Rejects with an `overloaded` fault without having called anything, or with what `call` rejects with. */
  run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#maxWaiting) return overloaded(this.#maxWaiting);
    this.#waiting += 1;
    return this.#add(this.#own, call, () => (this.#waiting -= 1));
  }

  /** The same, but begun only while nobody of us waits. */
  runAsGuest<T>(call: () => Promise<T>): Promise<T> {
    if (this.#guests.length >= MAX_GUESTS) return overloaded(MAX_GUESTS);
    return this.#add(this.#guests, call, () => undefined);
  }

  /** Resolves when everything that was queued has ended. */
  async idle(): Promise<void> {
    while (this.#tail !== undefined) await this.#tail;
  }

  #add<T>(lane: (() => Promise<void>)[], call: () => Promise<T>, ended: () => void): Promise<T> {
    const result = new Promise<T>((resolve, reject) => {
      lane.push(async () => {
        try {
          const value = await call();
          ended();
          resolve(value);
        } catch (error) {
          ended();
          reject(error as Error);
        }
      });
    });
    this.#tail ??= this.#drain();
    return result;
  }

  async #drain(): Promise<void> {
    // Whoever queues in the same turn is ordered before anything begins.
    await Promise.resolve();
    for (let next = this.#next(); next !== undefined; next = this.#next()) await next();
    this.#tail = undefined;
  }

  #next(): (() => Promise<void>) | undefined {
    return this.#own.shift() ?? this.#guests.shift();
  }
}

function overloaded(most: number): Promise<never> {
  const words = `${most} calls are waiting for the embedded engine already`;
  return Promise.reject(new ConnectionFault(words, { kind: 'overloaded' }));
}
