import { rowOfSample } from './golden-samples.js';
import type { ModelManifest } from './model-manifest.js';

/** What one column is tried with, and where the number is from. */
export interface TrialValue {
  readonly name: string;
  readonly value: number;
  readonly from: 'stand-in' | 'golden sample' | 'range' | 'nothing';
}

type Hints = Pick<ModelManifest, 'columns' | 'goldenSamples'>;

/** Golden samples among the rows; all of them are run one by one anyway. */
const SAMPLES = 3;
/** Sums of multiples of the two, modulo 1, do not repeat: every column of a row, and every row of a column, is another number. */
const COLUMN_STEP = (Math.sqrt(5) - 1) / 2;
const ROW_STEP = Math.SQRT2 - 1;
/** Multiples of less do not show in float16. */
const TINY = 2 ** -20;

/**
 * The row that a model is run with before anybody asks: stand-ins; for a column that says `hold` what the first golden sample has, else the
 * middle of its range, else 0.
 * @param largest that a feature may be, either way; only stand-ins may be larger
 */
export function firstTrial({ columns, goldenSamples = [] }: Hints, largest: number): readonly TrialValue[] {
  return columns.map(({ name, ifMissing, range }): TrialValue => {
    if (ifMissing !== 'hold') return { name, value: ifMissing, from: 'stand-in' };
    const known = (value: number | undefined): value is number => value !== undefined && Math.abs(value) <= largest;
    const given = goldenSamples[0]?.inputs[name];
    if (known(given)) return { name, value: given, from: 'golden sample' };
    const middle = range && range[0] / 2 + range[1] / 2;
    return known(middle) ? { name, value: middle, from: 'range' } : { name, value: 0, from: 'nothing' };
  });
}

/**
 * Rows that differ in every column, the first trial first: golden samples, both ends of the ranges and numbers between; without a range from
 * half to five times what the first row has. A model may refuse some of them, or give no number: what was never trained on can be anything.
 */
export function trialRows(hints: Hints, largest: number): readonly (readonly number[])[] {
  const { columns, goldenSamples = [] } = hints;
  const first = firstTrial(hints, largest).map(({ value }) => value);
  const spans = columns.map(({ range }, i) => range ?? around(first[i]!));
  const at = (fractionOf: (column: number) => number): number[] =>
    spans.map(([least, greatest], i) => least * (1 - fractionOf(i)) + greatest * fractionOf(i));
  const mixed = (row: number): number[] => at((column) => (row * ROW_STEP + column * COLUMN_STEP) % 1);
  // What has no range may be meant to be negative, or not.
  const negated = (row: readonly number[]): number[] => row.map((value, i) => (columns[i]!.range ? value : -value));
  const samples = spread(goldenSamples, SAMPLES).map((sample) => rowOfSample(sample, columns));
  // Neighbours are far apart: a pair shows what they do to each other where only two fit in.
  const rows = [
    first,
    at(() => 1),
    ...samples,
    at(() => 0),
    ...[mixed(1), negated(mixed(2)), mixed(3)],
    ...[negated(at(() => 1)), negated(mixed(4))],
  ];
  const usable = rows.filter((row) => row.every((value) => Math.abs(value) <= largest));
  // The same for the model is the same.
  const keys = usable.map((row) => Float32Array.from(row).join());
  return usable.filter((_, i) => keys.indexOf(keys[i]!) === i);
}

const around = (value: number): readonly [number, number] =>
  Math.abs(value) < TINY ? [0.25, 2] : [value / 2, 5 * value];

/** The first, the last and some between. */
function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all];
  return Array.from({ length: count }, (_, i) => all[Math.round((i * (all.length - 1)) / (count - 1))]!);
}
