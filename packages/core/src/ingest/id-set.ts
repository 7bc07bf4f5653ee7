/** Slots of a new table; a power of two. */
const FIRST_SLOTS = 1024;
/** An id of 32 hex digits is four words. */
const WORDS = 4;

/**
 * A set of ids that takes ids of 32 hex digits, half a SHA-256, out of the heap: 16 bytes each in a table with open addressing. As strings
 * in a Set they are most of what the garbage collector has to move. Exact; other ids are kept as they are.
 */
export class IdSet {
  #table = new Uint32Array(FIRST_SLOTS * WORDS);
  /** Slots − 1. */
  #mask = FIRST_SLOTS - 1;
  #filled = 0;
  readonly #others = new Set<string>();
  /** Of the id in hand. */
  readonly #words = new Uint32Array(WORDS);

  has(id: string): boolean {
    return this.#read(id) ? this.#table[this.#slot() * WORDS] !== 0 : this.#others.has(id);
  }

  /** Whether it is new. */
  add(id: string): boolean {
    if (!this.#read(id)) return this.#others.size < this.#others.add(id).size;
    const slot = this.#slot() * WORDS;
    if (this.#table[slot] !== 0) return false;
    this.#table.set(this.#words, slot);
    if (++this.#filled * 2 > this.#mask) this.#grow();
    return true;
  }

  /** Into `#words`, unless it is no id of 32 hex digits in lower case. Eight zeros at its front would look like a free slot. */
  #read(id: string): boolean {
    if (id.length !== 8 * WORDS) return false;
    for (let word = 0, at = 0; word < WORDS; word++) {
      let value = 0;
      for (const end = at + 8; at < end; at++) {
        const c = id.charCodeAt(at);
        if (c >= 48 && c <= 57) value = (value << 4) | (c - 48);
        else if (c >= 97 && c <= 102) value = (value << 4) | (c - 87);
        else return false;
      }
      this.#words[word] = value;
    }
    return this.#words[0] !== 0;
  }

  /** Where the id in hand is, or else the free slot for it. */
  #slot(): number {
    const table = this.#table;
    const words = this.#words;
    const a = words[0]!;
    const b = words[1]!;
    const c = words[2]!;
    const d = words[3]!;
    // Multiplied (2^32 over the golden ratio) and folded: ids that are counted up do not end up side by side.
    const mixed = Math.imul(a ^ b ^ c ^ d, 0x9e3779b1);
    let slot = (mixed ^ (mixed >>> 15)) & this.#mask;
    for (;;) {
      const at = slot * WORDS;
      if (table[at] === 0) return slot;
      if (table[at] === a && table[at + 1] === b && table[at + 2] === c && table[at + 3] === d) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #grow(): void {
    const old = this.#table;
    this.#mask = this.#mask * 2 + 1;
    this.#table = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at] === 0) continue;
      this.#words.set(old.subarray(at, at + WORDS));
      this.#table.set(this.#words, this.#slot() * WORDS);
    }
  }
}
