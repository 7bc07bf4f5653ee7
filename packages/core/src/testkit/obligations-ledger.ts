import { systemClock, type Clock } from '../clock.js';

/** A reading that was sent after the faults had ended, and when storage had it. */
export interface FreshReading<Id> {
  readonly id: Id;
  /** From its sending on; `undefined`: not within the time given. */
  readonly storedAfterMs: number | undefined;
}

/** What is stored against what was promised. Ids each once, in the order in which they were found. */
export interface LedgerVerdict<Id> {
  /** Acknowledged, and not there. */
  readonly missing: readonly Id[];
  /** There more than once. */
  readonly doubled: readonly Id[];
  /** There, and never sent. */
  readonly foreign: readonly Id[];
  /** The last one, see {@link ObligationsLedger.fresh}. */
  readonly fresh: FreshReading<Id> | undefined;
  /** Something was sent, nothing is missing, doubled or foreign, and the fresh reading, if there was one, was stored. */
  readonly ok: boolean;
  /** One line: the numbers, and what they suggest. */
  readonly summary: string;
}

export interface FreshOptions<Id> {
  readonly id: Id;
  /** Resolves when it is acknowledged. */
  readonly send: () => Promise<unknown>;
  readonly isStored: () => boolean | Promise<boolean>;
  /** Default 30,000. */
  readonly withinMs?: number;
  /** Between two looks. Default 20. */
  readonly everyMs?: number;
}

/**
 * The test's own list of what was promised to it. A byte per id that is a whole number, an entry of a map for others: a million are no
 * burden.
 */
export interface ObligationsLedger<Id extends string | number> {
  /** Handed to the system: it may be stored from now on. */
  sent(id: Id): void;
  /** The system has answered for it: it must be stored. */
  acknowledge(id: Id): void;
  isAcknowledged(id: Id): boolean;
  readonly sentCount: number;
  readonly acknowledgedCount: number;
  /** Sent, and not acknowledged: what a sender sends again. */
  open(): Iterable<Id>;
  /** Sends one reading, now that the faults have ended, and waits until it is stored. */
  fresh(options: FreshOptions<Id>): Promise<FreshReading<Id>>;
  /** @param stored id of every row that was found, as often as it was found. */
  check(stored: Iterable<Id>): LedgerVerdict<Id>;
}

const SENT = 1;
const ACKNOWLEDGED = 2;
const FOUND = 4;
const DOUBLED = 8;

/** An empty ledger. @param options.clock what freshness is measured by. Default: the machine's. */
export function obligationsLedger<Id extends string | number>(
  options: { readonly clock?: Clock } = {},
): ObligationsLedger<Id> {
  const { clock = systemClock } = options;
  const marks = new Marks<Id>();
  let sentCount = 0;
  let acknowledgedCount = 0;
  let fresh: FreshReading<Id> | undefined;

  function sent(id: Id): void {
    if (marks.add(id, SENT)) sentCount++;
  }

  function acknowledge(id: Id): void {
    sent(id);
    if (marks.add(id, ACKNOWLEDGED)) acknowledgedCount++;
  }

  return {
    sent,
    acknowledge,
    isAcknowledged: (id) => (marks.get(id) & ACKNOWLEDGED) !== 0,
    get sentCount() {
      return sentCount;
    },
    get acknowledgedCount() {
      return acknowledgedCount;
    },
    *open() {
      for (const [id, mark] of marks.entries()) if ((mark & (SENT | ACKNOWLEDGED)) === SENT) yield id;
    },
    async fresh({ id, send, isStored, withinMs = 30_000, everyMs = 20 }) {
      const startMs = clock.now();
      sent(id);
      await send();
      acknowledge(id);
      let storedAfterMs: number | undefined;
      while (storedAfterMs === undefined) {
        if (await isStored()) storedAfterMs = clock.now() - startMs;
        else if (clock.now() - startMs >= withinMs) break;
        else await clock.sleep(everyMs);
      }
      return (fresh = { id, storedAfterMs });
    },
    check(stored) {
      const doubled: Id[] = [];
      const foreign: Id[] = [];
      for (const id of stored) {
        const before = marks.get(id);
        if ((before & FOUND) === 0) {
          marks.add(id, FOUND);
          if ((before & SENT) === 0) foreign.push(id);
        } else if (marks.add(id, DOUBLED)) doubled.push(id);
      }
      const missing: Id[] = [];
      for (const [id, mark] of marks.entries()) {
        if ((mark & (ACKNOWLEDGED | FOUND)) === ACKNOWLEDGED) missing.push(id);
      }
      marks.clear(FOUND | DOUBLED);
      const isStale = fresh !== undefined && fresh.storedAfterMs === undefined;
      const ok = sentCount > 0 && missing.length + doubled.length + foreign.length === 0 && !isStale;
      const numbers =
        `${acknowledgedCount} acknowledged of ${sentCount} sent, ${missing.length} missing, ${doubled.length} doubled, ` +
        `${foreign.length} foreign${fresh === undefined ? '' : `, fresh after ${fresh.storedAfterMs ?? '∞'} ms`}`;
      const hint = hintOf(sentCount, acknowledgedCount, missing.length);
      return { missing, doubled, foreign, fresh, ok, summary: numbers + hint };
    },
  };
}

/** What most likely happened, where the numbers say that it was not the faults. */
function hintOf(sentCount: number, acknowledgedCount: number, missingCount: number): string {
  if (sentCount === 0) return ': nothing was sent or acknowledged: the check proves nothing';
  if (acknowledgedCount === 0 || missingCount < acknowledgedCount) return '';
  return ': none of them is stored: is anything subscribed to their topics, and is this the storage that they go to?';
}

const PAGE = 65_536;
/** Whole numbers up to here are counted, or as good as counted; a page for each would not be thrifty beyond. */
const MAX_COUNTED = 2 ** 40;

/** A few bits per id. */
class Marks<Id extends string | number> {
  readonly #pages = new Map<number, Uint8Array>();
  readonly #others = new Map<Id, number>();

  get(id: Id): number {
    return isCounted(id) ? (this.#pages.get(Math.floor(id / PAGE))?.[id % PAGE] ?? 0) : (this.#others.get(id) ?? 0);
  }

  /** Whether the bit is new. */
  add(id: Id, bit: number): boolean {
    const before = this.get(id);
    if ((before & bit) !== 0) return false;
    if (isCounted(id)) this.#page(Math.floor(id / PAGE))[id % PAGE] = before | bit;
    else this.#others.set(id, before | bit);
    return true;
  }

  *entries(): Iterable<[Id, number]> {
    for (const [number, page] of this.#pages) {
      for (let i = 0; i < PAGE; i++) if (page[i] !== 0) yield [(number * PAGE + i) as Id, page[i]!];
    }
    yield* this.#others;
  }

  clear(bits: number): void {
    for (const page of this.#pages.values()) for (let i = 0; i < PAGE; i++) page[i]! &= ~bits;
    for (const [id, mark] of this.#others) {
      const rest = mark & ~bits;
      if (rest === 0) this.#others.delete(id);
      else if (rest !== mark) this.#others.set(id, rest);
    }
  }

  #page(number: number): Uint8Array {
    let page = this.#pages.get(number);
    if (page === undefined) this.#pages.set(number, (page = new Uint8Array(PAGE)));
    return page;
  }
}

function isCounted(id: string | number): id is number & string {
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < MAX_COUNTED;
}
