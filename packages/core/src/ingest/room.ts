/** Counts what is held, against a bound that is looked at between two takings: one of them may go beyond. */
export class Room {
  #held = 0;
  #closed = false;
  #waiting: (() => void)[] = [];

  /**
   * @param most in whatever is counted: rows, bytes.
   * @param limit what it is bounded to at first.
   */
  constructor(
    private readonly most: number,
    private limit = most,
  ) {}

  get isFull(): boolean {
    return this.#held >= this.limit;
  }

  get mayWiden(): boolean {
    return this.limit < this.most;
  }

  take(amount: number): void {
    this.#held += amount;
  }

  give(amount: number): void {
    this.#held -= amount;
    if (!this.isFull) this.#wake();
  }

  /** Twice the bound when it was not enough, `most` at the most. */
  widen(): void {
    if (!this.isFull) return;
    this.limit = Math.min(2 * this.limit, this.most);
    if (!this.isFull) this.#wake();
  }

  /** Resolves when there is room, or no more of it will be needed. */
  async opened(): Promise<void> {
    while (this.isFull && !this.#closed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
