import { LouverError } from '@louver/core';

/** The chosen ones in the order of those known. Throws `E_CONFIG` for none, an unknown or a repeated one; `what` begins the message. */
export function chosenFeatures<F extends string>(what: string, known: readonly F[], chosen: readonly F[]): F[] {
  const unknown = chosen.filter((feature) => !known.includes(feature));
  if (unknown.length > 0 || chosen.length === 0 || new Set(chosen).size < chosen.length) {
    const found = chosen.length === 0 ? 'an empty list' : chosen.join(', ');
    throw new LouverError('E_CONFIG', `${what}: found ${found}, expected some of ${known.join(', ')}, each once`);
  }
  return known.filter((feature) => chosen.includes(feature));
}

/** Columns of one feature: all means, then all standard deviations; numbered from 1 when it has `rows`, which may be one. */
export function columnNames(feature: string, rows: number | undefined): string[] {
  if (rows === undefined) return [`${feature}_mean`, `${feature}_std`];
  const numbers = Array.from({ length: rows }, (_, i) => i + 1);
  return [...numbers.map((n) => `${feature}_mean_${n}`), ...numbers.map((n) => `${feature}_std_${n}`)];
}

/** Mean and population standard deviation of `values`, into `out[mean]` and `out[std]`; both 0 when there are none. [numpy.mean, numpy.std] */
export function summarise(values: Float64Array, out: Float64Array, mean: number, std: number): void {
  const count = values.length;
  if (count === 0) return;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i]!;
  const average = sum / count;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    const difference = values[i]! - average;
    squares += difference * difference;
  }
  out[mean] = average;
  out[std] = Math.sqrt(squares / count);
}

/** Throws `E_FEATURES` that names the first column that is not finite. */
export function checkColumns(values: Float64Array, names: readonly string[]): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new LouverError('E_FEATURES', `column ${names[bad]} is ${values[bad]}, expected a finite number`);
}
