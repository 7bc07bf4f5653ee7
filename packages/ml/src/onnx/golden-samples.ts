import type { ModelColumn } from '@louver/core';
import { isNumber, isObject, shown } from './manifest-values.js';

/** What the model answered where it was trained: run again whenever it is opened. */
export interface GoldenSample {
  /** By column; a column that is left out takes its stand-in, one that says `hold` must be given. */
  readonly inputs: Readonly<Record<string, number>>;
  /** By name of the model's output. */
  readonly outputs: Readonly<Record<string, number>>;
  /** Largest difference allowed, absolute. Default 1e-4, or 1e-4 of the expected number where that is more than 1. */
  readonly tolerance?: number;
}

/** Enough to catch what is wrong; each is a run of the model at every opening. */
export const MAX_GOLDEN_SAMPLES = 100;

const TOLERANCE = 1e-4;

export const toleranceOf = ({ tolerance }: GoldenSample, expected: number): number =>
  tolerance ?? TOLERANCE * Math.max(1, Math.abs(expected));

/** What a sample gives the model; the manifest was refused when it lacks a column that says `hold`. */
export function rowOfSample({ inputs }: GoldenSample, columns: readonly ModelColumn[]): number[] {
  return columns.map(({ name, ifMissing }) => (Object.hasOwn(inputs, name) ? inputs[name]! : Number(ifMissing)));
}

/** Reads the golden samples of a manifest with these columns and output names; what is wrong goes to `problems`. */
export function parseGoldenSamples(
  value: unknown,
  columns: readonly ModelColumn[],
  outputNames: readonly string[],
  problems: string[],
): GoldenSample[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) {
    const example = '[{"inputs": {"temperature": 21}, "outputs": {"position": 35}}]';
    problems.push(`goldenSamples is ${shown(value)}, expected ${example}`);
    return undefined;
  }
  if (value.length > MAX_GOLDEN_SAMPLES) {
    problems.push(`goldenSamples are ${value.length}, expected at most ${MAX_GOLDEN_SAMPLES}`);
    return undefined;
  }
  const columnNames = new Set(columns.map(({ name }) => name));
  const outputs = new Set(outputNames);
  return value.map((sample: unknown, i) => {
    const at = `goldenSamples[${i}]`;
    const given = isObject(sample) ? sample : {};
    const inputs = numbers(given['inputs'], `${at}.inputs`, problems, (name) =>
      columnNames.has(name) ? undefined : 'is no column of this manifest: check its spelling',
    );
    const held = columns.filter(({ name, ifMissing }) => ifMissing === 'hold' && !Object.hasOwn(inputs ?? {}, name));
    if (inputs && held.length > 0) {
      const names = held.map(({ name }) => name).join(', ');
      problems.push(`${at}.inputs lacks ${names}: a column that says "hold" has no stand-in and must be given`);
    }
    const expected = numbers(given['outputs'], `${at}.outputs`, problems, (name) =>
      outputs.has(name) ? undefined : `is none of the outputs that this manifest names (${outputNames.join(', ')})`,
    );
    if (expected && Object.keys(expected).length === 0) {
      problems.push(`${at}.outputs is empty, expected a number for ${outputNames.join(' or ')}`);
    }
    const { tolerance } = given;
    const isTolerance = isNumber(tolerance) && tolerance >= 0;
    if (tolerance !== undefined && !isTolerance) {
      problems.push(`${at}.tolerance is ${shown(tolerance)}, expected a number from 0`);
    }
    return { inputs: inputs ?? {}, outputs: expected ?? {}, ...(isTolerance && { tolerance }) };
  });
}

function numbers(
  value: unknown,
  at: string,
  problems: string[],
  refusal: (name: string) => string | undefined,
): Readonly<Record<string, number>> | undefined {
  if (!isObject(value)) {
    problems.push(`${at} is ${shown(value)}, expected an object of numbers`);
    return undefined;
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, number]) => {
      const words = refusal(name);
      if (words !== undefined) problems.push(`${at} has ${shown(name)}, which ${words}`);
      else if (isNumber(number)) return [[name, number] as const];
      else problems.push(`${at}.${name} is ${shown(number)}, expected a number`);
      return [];
    }),
  );
}
