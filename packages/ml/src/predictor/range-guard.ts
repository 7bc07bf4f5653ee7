import type { ModelColumn } from '@louver/core';

interface GuardedColumn {
  readonly name: string;
  readonly place: number;
  readonly least: number;
  readonly greatest: number;
}

/** What lies outside of the ranges that a model was trained on. */
export interface OutOfRange {
  readonly columns: readonly string[];
  /** 0..1: what is left of the confidence. */
  readonly factor: number;
}

/** A value this share of its range beyond it leaves half of the confidence. */
const HALVING_SHARE = 1 / 3;

/** Says which inputs a model was never shown the like of: it answers them all the same, and nothing in its answer tells. */
export class RangeGuard {
  readonly #columns: readonly GuardedColumn[];

  constructor(columns: readonly ModelColumn[]) {
    this.#columns = columns.flatMap(({ name, range }, place) =>
      range === undefined ? [] : [{ name, place, least: range[0], greatest: range[1] }],
    );
  }

  /** `undefined` when everything lies within, which costs no memory. Every third of its range's width beyond it halves the confidence. */
  judge(features: ArrayLike<number>): OutOfRange | undefined {
    let columns: string[] | undefined;
    let halvings = 0;
    for (const { name, place, least, greatest } of this.#columns) {
      const value = features[place]!;
      // What went through float32 may lie a rounding beyond its end.
      const beyond = Math.max(Math.fround(least) - value, value - Math.fround(greatest));
      if (!(beyond > 0)) continue;
      (columns ??= []).push(name);
      halvings += beyond / (greatest - least) / HALVING_SHARE;
    }
    return columns === undefined ? undefined : { columns, factor: 2 ** -halvings };
  }
}
