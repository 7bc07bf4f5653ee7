import { systemClock, type Clock } from '../clock.js';
import type { LouverError } from '../errors.js';
import { checkFault, type FaultRules } from './check-fault.js';

/** Which calls a fault is for, and when. */
export interface FaultTerms<Op extends string> {
  /** Absent: every operation. */
  readonly on?: Op | readonly Op[];
  /** Of calls that name a table: this one only. */
  readonly table?: string;
  /** `before` (default): nothing has happened yet. `after`: the call has done its work, and only its answer is lost or late. */
  readonly when?: 'before' | 'after';
  /** So many calls go well first. Default 0. */
  readonly afterCalls?: number;
  /** Ends by itself after so many calls. Default: never. */
  readonly times?: number;
}

/**
 * `refuse`: the call rejects with the part's retryable error. `hang`: it does not end until the fault does, or its signal aborts. `slow`: it
 * takes `delayMs` longer, by the injected clock.
 */
export type FaultKind =
  { readonly how: 'refuse' } | { readonly how: 'hang' } | { readonly how: 'slow'; readonly delayMs: number };

export type Fault<Op extends string> = FaultKind & FaultTerms<Op>;

/** One call on its way to the part. */
export interface FaultableCall<Op extends string> {
  readonly op: Op;
  readonly table?: string;
  readonly signal?: AbortSignal | undefined;
}

/** The switches of a part that is made to fail while it runs. */
export interface FaultSwitches<F, Op extends string> {
  /**
   * Switches a fault on, beside those that are on already. Returns how to switch it off: what hangs on it goes on then.
   * @throws LouverError `E_CONFIG` for a fault that no call can meet.
   */
  fail(fault: F): () => void;
  /** Switches every fault off: what hangs goes on. */
  mend(): void;
  /** How many calls there were so far, the failed ones too. */
  calls(op: Op, table?: string): number;
}

interface Active<Op extends string> {
  readonly fault: Fault<Op>;
  readonly over: AbortController;
  calls: number;
  hits: number;
}

/** Decides for each call which faults it meets. The part that is wrapped says what a refusal is. */
export class FaultBoard<Op extends string> implements FaultSwitches<Fault<Op>, Op> {
  readonly #active = new Set<Active<Op>>();
  readonly #counts = new Map<string, number>();

  constructor(
    private readonly rules: FaultRules,
    private readonly refusal: (words: string) => LouverError,
    private readonly clock: Clock = systemClock,
  ) {}

  fail(fault: Fault<Op>): () => void {
    checkFault(fault, this.rules);
    const active = { fault, over: new AbortController(), calls: 0, hits: 0 };
    this.#active.add(active);
    return () => this.#end(active);
  }

  mend(): void {
    for (const active of [...this.#active]) this.#end(active);
  }

  calls(op: Op, table?: string): number {
    return this.#counts.get(nameOf(op, table)) ?? 0;
  }

  /** Does `work`, with the faults that are on now. */
  async run<T>(call: FaultableCall<Op>, work: () => Promise<T>): Promise<T> {
    this.#count(call.op);
    if (call.table !== undefined) this.#count(call.op, call.table);
    const met = [...this.#active].filter((active) => this.#meets(active, call));
    for (const active of met) if (active.fault.when !== 'after') await this.#suffer(active, call);
    const result = await work();
    for (const active of met) if (active.fault.when === 'after') await this.#suffer(active, call);
    return result;
  }

  #meets(active: Active<Op>, { op, table }: FaultableCall<Op>): boolean {
    const { fault } = active;
    const isFor = fault.on === undefined || fault.on === op || (Array.isArray(fault.on) && fault.on.includes(op));
    if (!isFor || (fault.table !== undefined && fault.table !== table)) return false;
    if (++active.calls <= (fault.afterCalls ?? 0)) return false;
    // A call that hangs keeps its fault: it ends with the last one that it hits, not with that one's beginning.
    return ++active.hits <= (fault.times ?? Infinity);
  }

  async #suffer({ fault, over }: Active<Op>, { op, table, signal }: FaultableCall<Op>): Promise<void> {
    const what = `${nameOf(op, table)}, ${fault.when === 'after' ? 'after it was done' : 'before it began'}`;
    if (fault.how === 'refuse') throw this.refusal(`injected: refused ${what}`);
    await (fault.how === 'slow'
      ? this.clock.sleep(fault.delayMs, signal)
      : Promise.race([aborted(over.signal), aborted(signal)]));
    if (signal?.aborted) throw this.refusal(`injected: ${fault.how}, given up by the caller: ${what}`);
  }

  #end(active: Active<Op>): void {
    this.#active.delete(active);
    active.over.abort();
  }

  #count(op: Op, table?: string): void {
    const name = nameOf(op, table);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}

function nameOf(op: string, table?: string): string {
  return table === undefined ? op : `${op} ${table}`;
}

/** Never, without a signal. */
function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}
