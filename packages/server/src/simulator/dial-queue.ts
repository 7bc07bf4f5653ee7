/**
 * Lets no more than `most` connections come about at a time, the rest one after the other. Whom a storm has cut off would else all dial at once: more
 * than a listening socket keeps (of mosquitto 100), and the lost ones try again seconds later.
 */
export class DialQueue {
  readonly #most: number;
  readonly #waiting = new Set<() => void>();
  #dialling = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Calls `dial` when it is its turn, perhaps at once; whoever was called has to `leave` when it is through, however that ended. */
  enter(dial: () => void): void {
    if (this.#dialling >= this.#most) return void this.#waiting.add(dial);
    this.#dialling++;
    dial();
  }

  /** Does not want its turn any more, if it has not had it. */
  withdraw(dial: () => void): void {
    this.#waiting.delete(dial);
  }

  leave(): void {
    this.#dialling--;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#dialling++;
    next();
  }
}
