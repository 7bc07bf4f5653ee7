/** Least-recently-set map that is bounded by the bytes of its values. */
export class ByteBoundedMap<K, V> {
  readonly #entries = new Map<K, { readonly value: V; readonly bytes: number }>();
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get(key: K): V | undefined {
    return this.#entries.get(key)?.value;
  }

  set(key: K, value: V, bytes: number): void {
    this.delete(key);
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
    if (this.#bytes <= this.maxBytes) return;
    for (const oldest of this.#entries.keys()) {
      this.delete(oldest);
      if (this.#bytes <= this.maxBytes) return;
    }
  }

  /** What it holds no more then. */
  take(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#bytes -= entry.bytes;
    this.#entries.delete(key);
    return entry.value;
  }

  delete(key: K): void {
    this.take(key);
  }
}
