import { LouverError } from '@louver/core';
import type { Matrices } from './features-output.js';
import { textTable } from './text-table.js';

/** What else is to be known of how the numbers came about. */
export interface Analysis {
  readonly sampleRateHz: number;
  readonly nFft: number;
}

interface Given {
  readonly shape: readonly [number, number];
  readonly data: readonly number[];
}

interface Difference {
  readonly feature: string;
  /** Of the matrix, from 0. */
  readonly row: number;
  readonly frame: number;
  readonly worst: number;
  readonly bound: number;
  readonly got: number;
  readonly expected: number;
}

/**
 * How far each column (a row of a feature's matrix) is from numbers that were computed elsewhere, `{features: {<name>: {shape, data}}}` as
 * `--frames --format json` prints it. Bounds are those between librosa in double precision and itself in single precision. Throws `E_CONFIG` for a
 * file of another form.
 */
export function comparison(
  matrices: Matrices,
  given: unknown,
  analysis: Analysis,
): { readonly lines: readonly string[]; readonly differing: number } {
  const features = featuresOf(given);
  const rows: string[][] = [];
  const wrong: string[] = [];
  let columns = 0;
  for (const [feature, theirs] of Object.entries(features)) {
    const ours = Object.hasOwn(matrices, feature) ? matrices[feature] : undefined;
    if (ours === undefined) {
      wrong.push(`${feature}: not computed here with this recipe; known are ${Object.keys(matrices).join(', ')}`);
      continue;
    }
    if (ours.shape[0] !== theirs.shape[0] || ours.shape[1] !== theirs.shape[1]) {
      wrong.push(`${feature}: found ${theirs.shape.join(' × ')} in the file, expected ${ours.shape.join(' × ')} (rows × frames): another recipe, another recording or another sample rate?`); // prettier-ignore
      continue;
    }
    const largest = theirs.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let row = 0; row < ours.shape[0]; row++) {
      const worst = worstOf({ feature, row, largest }, ours.data, theirs, analysis);
      columns++;
      const isWithin = worst.worst <= worst.bound;
      const name = ours.shape[0] === 1 ? feature : `${feature}_${row + 1}`;
      rows.push([
        name,
        worst.worst.toExponential(2),
        worst.bound.toExponential(2),
        String(worst.frame),
        isWithin ? 'ok' : 'DIFFERS',
      ]);
      if (!isWithin) wrong.push(`${name}: ${worst.got} here, ${worst.expected} in the file, in frame ${worst.frame}`);
    }
  }
  const table = textTable([['COLUMN', 'WORST', 'BOUND', 'FRAME', ''], ...rows], [1, 2, 3]);
  const verdict = wrong.length === 0 ? 'all within their bounds' : `${wrong.length} not as in the file`;
  return { lines: [...table, '', ...wrong, `${columns} columns compared, ${verdict}`], differing: wrong.length };
}

function worstOf(
  { feature, row, largest }: { readonly feature: string; readonly row: number; readonly largest: number },
  ours: Float64Array,
  { shape, data }: Given,
  analysis: Analysis,
): Difference {
  const frames = shape[1];
  let found: Difference | undefined;
  for (let frame = 0; frame < frames; frame++) {
    const at = row * frames + frame;
    const [got, expected] = [ours[at]!, data[at]!];
    const worst = Math.abs(got - expected);
    const bound = boundOf(feature, expected, largest, analysis);
    // The one that is furthest beyond its bound.
    if (found === undefined || worst - bound > found.worst - found.bound || Number.isNaN(worst)) {
      found = { feature, row, frame, worst, bound, got, expected };
    }
  }
  return found!;
}

/** Absolute, or a share of the value or of the matrix' largest. */
function boundOf(feature: string, expected: number, largest: number, { sampleRateHz, nFft }: Analysis): number {
  switch (feature) {
    case 'zero_crossing_rate':
      return 0;
    // One bin: a tie may fall to either side.
    case 'spectral_rolloff':
      return (sampleRateHz / nFft) * (1 + 1e-9);
    case 'rms':
    case 'spectral_centroid':
      return 1e-6 * Math.abs(expected);
    case 'spectral_bandwidth':
      return 1e-5 * Math.abs(expected);
    case 'melspectrogram':
      return 1e-6 * largest;
    case 'mel_db':
      return 1e-4;
    case 'spectral_flatness':
      return 1e-6;
    case 'chroma_stft':
    case 'chroma_stft_tuning0':
      return 1e-5;
    default:
      return 1e-3;
  }
}

function featuresOf(given: unknown): Readonly<Record<string, Given>> {
  const features = (given as { readonly features?: unknown } | null)?.features;
  if (typeof features !== 'object' || features === null || Array.isArray(features)) {
    throw new LouverError('E_CONFIG', 'found no `features` in the file to compare with, expected {"features": {"rms": {"shape": [1, 63], "data": [...]}, ...}}'); // prettier-ignore
  }
  if (Object.keys(features).length === 0) {
    throw new LouverError('E_CONFIG', '`features` in the file to compare with is empty: nothing can be compared');
  }
  for (const [name, feature] of Object.entries(features as Record<string, unknown>)) {
    if (!isGiven(feature)) {
      throw new LouverError('E_CONFIG', `${name} in the file to compare with: expected {"shape": [rows, frames], "data": [rows × frames finite numbers, row after row]}`); // prettier-ignore
    }
  }
  return features as Readonly<Record<string, Given>>;
}

function isGiven(feature: unknown): feature is Given {
  if (typeof feature !== 'object' || feature === null) return false;
  const { shape, data } = feature as Record<string, unknown>;
  if (!Array.isArray(shape) || shape.length !== 2 || !shape.every((n) => Number.isInteger(n) && n > 0)) return false;
  return (
    Array.isArray(data) && data.length === (shape[0] as number) * (shape[1] as number) && data.every(Number.isFinite)
  );
}
