/** When a model that took over from another gives way to it again; besides, at the first run that hangs. */
export interface RollBackBounds {
  /** Share of predictions that fail, 0..1; a worker that is lost with several counts as one. Default 0.05. */
  readonly maxErrorRate?: number | undefined;
  /** Share of predictions that are no finite number, 0..1. Default 0.01. */
  readonly maxNotFiniteRate?: number | undefined;
  /** Predictions that a rate is taken over: the last so many. Default 200. */
  readonly window?: number | undefined;
  /** So many must be bad: one alone says nothing. Default 3. */
  readonly minFailures?: number | undefined;
}

export type Outcome = 'good' | 'error' | 'not-finite';

const CODES = { good: 0, error: 1, 'not-finite': 2 } as const satisfies Record<Outcome, number>;

/** The outcomes of a model's last predictions, and whether too many of them are bad. */
export class FailureWindow {
  readonly #outcomes: Uint8Array;
  /** By code, within the window. */
  readonly #counts: [good: number, errors: number, notFinite: number] = [0, 0, 0];
  readonly #bounds: Required<Defined<RollBackBounds>>;
  #next = 0;
  #seen = 0;

  constructor(bounds: Required<Defined<RollBackBounds>>) {
    this.#bounds = bounds;
    this.#outcomes = new Uint8Array(bounds.window);
  }

  /** Gives in words what passes its bound with this outcome, if anything does. */
  add(outcome: Outcome): string | undefined {
    const code = CODES[outcome];
    if (this.#seen === this.#outcomes.length) this.#counts[this.#outcomes[this.#next] as 0 | 1 | 2]--;
    else this.#seen++;
    this.#outcomes[this.#next] = code;
    this.#next = (this.#next + 1) % this.#outcomes.length;
    const count = ++this.#counts[code];
    if (outcome === 'good' || count < this.#bounds.minFailures) return undefined;
    const most = outcome === 'error' ? this.#bounds.maxErrorRate : this.#bounds.maxNotFiniteRate;
    if (count / this.#seen <= most) return undefined;
    const what = outcome === 'error' ? 'failed' : 'were no finite number';
    return `${count} of its last ${this.#seen} predictions ${what}, at most ${percent(most)} may`;
  }
}

export type Defined<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

const percent = (share: number): string => `${Math.round(share * 1e4) / 100} %`;
