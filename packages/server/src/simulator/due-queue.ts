/** What is due next, of any number of things: a binary heap. */
export class DueQueue<T> {
  readonly #times: number[] = [];
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** Infinity when there is nothing. */
  get nextMs(): number {
    return this.#times[0] ?? Infinity;
  }

  push(dueMs: number, item: T): void {
    let at = this.#items.length;
    this.#set(at, dueMs, item);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#times[above]! <= dueMs) break;
      this.#move(above, at);
      at = above;
    }
    this.#set(at, dueMs, item);
  }

  /** The one that is due first, with its time. */
  pop(): { readonly dueMs: number; readonly item: T } | undefined {
    const dueMs = this.#times[0];
    if (dueMs === undefined) return undefined;
    const item = this.#items[0]!;
    const lastMs = this.#times.pop()!;
    const last = this.#items.pop()!;
    const size = this.#items.length;
    if (size === 0) return { dueMs, item };
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= size) break;
      if (below + 1 < size && this.#times[below + 1]! < this.#times[below]!) below++;
      if (this.#times[below]! >= lastMs) break;
      this.#move(below, at);
      at = below;
    }
    this.#set(at, lastMs, last);
    return { dueMs, item };
  }

  #set(at: number, dueMs: number, item: T): void {
    this.#times[at] = dueMs;
    this.#items[at] = item;
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#times[from]!, this.#items[from]!);
  }
}
