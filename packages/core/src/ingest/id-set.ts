/** Slots of the smallest table; a power of two. */
const FEWEST_SLOTS = 1024;
/** An id of 32 hex digits is four words. */
const WORDS = 4;
const DIGITS_OF_A_WORD = 8;

/** Of the id that was read last. */
const words = new Int32Array(WORDS);

/** An id as it is looked up: its words when it is one of 32 hex digits in lower case, valid until the next one is read; else the text itself. */
export type ReadId = Int32Array | string;

/** Reads an id, once for all the sets that it is looked for in. */
export function readId(id: string): ReadId {
  if (id.length !== DIGITS_OF_A_WORD * WORDS) return id;
  for (let word = 0, at = 0; word < WORDS; word++) {
    let value = 0;
    for (const end = at + DIGITS_OF_A_WORD; at < end; at++) {
      const c = id.charCodeAt(at);
      if (c >= 48 && c <= 57) value = (value << 4) | (c - 48);
      else if (c >= 97 && c <= 102) value = (value << 4) | (c - 87);
      else return id;
    }
    words[word] = value;
  }
  // Eight zeros at its front would look like a free slot.
  return words[0] === 0 ? id : words;
}

/**
 * A set of ids that takes ids of 32 hex digits, half a SHA-256, out of the heap: 16 bytes each in a table with open addressing. As strings
 * in a Set they are most of what the garbage collector has to move. Exact; other ids are kept as they are.
 */
export class IdSet {
  #table: Int32Array;
  /** Slots − 1. */
  #mask: number;
  #filled = 0;
  readonly #others = new Set<string>();

  /** @param expected how many ids of 32 hex digits there will be about. */
  constructor(expected = 0) {
    let slots = FEWEST_SLOTS;
    while (slots < expected * 2) slots *= 2;
    this.#table = new Int32Array(slots * WORDS);
    this.#mask = slots - 1;
  }

  /** Of 32 hex digits. */
  get filled(): number {
    return this.#filled;
  }

  has(id: ReadId): boolean {
    return typeof id === 'string' ? this.#others.has(id) : this.#table[this.#slot(id)] !== 0;
  }

  /** Whether it is new. */
  add(id: ReadId): boolean {
    if (typeof id === 'string') return this.#others.size < this.#others.add(id).size;
    const at = this.#slot(id);
    if (this.#table[at] !== 0) return false;
    for (let i = 0; i < WORDS; i++) this.#table[at + i] = id[i]!;
    if (++this.#filled * 2 > this.#mask) this.#grow();
    return true;
  }

  /** Where the id is, or else the free slot for it. */
  #slot(id: Int32Array): number {
    const table = this.#table;
    const a = id[0]!;
    const b = id[1]!;
    const c = id[2]!;
    const d = id[3]!;
    // Multiplied (2^32 over the golden ratio) and folded: ids that are counted up do not end up side by side.
    const mixed = Math.imul(a ^ b ^ c ^ d, 0x9e3779b1);
    let slot = (mixed ^ (mixed >>> 15)) & this.#mask;
    for (;;) {
      const at = slot * WORDS;
      if (table[at] === 0) return at;
      if (table[at] === a && table[at + 1] === b && table[at + 2] === c && table[at + 3] === d) return at;
      slot = (slot + 1) & this.#mask;
    }
  }

  #grow(): void {
    const old = this.#table;
    this.#mask = this.#mask * 2 + 1;
    this.#table = new Int32Array(old.length * 2);
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at] === 0) continue;
      const id = old.subarray(at, at + WORDS);
      this.#table.set(id, this.#slot(id));
    }
  }
}
