import { LouverError } from '@louver/core';
import { inWords, type OptionProblem } from './option-problem.js';
import { resample } from './resample.js';

/** What is done to a recording before it is analysed, in this order. Nothing by default. */
export interface Preparation {
  /** The mean is taken away: microphones have an offset. */
  readonly removeDc?: boolean | undefined;
  /** Every recording is brought to this rate in Hz, 1000..192000. Absent: each is analysed at its own. */
  readonly sampleRateHz?: number | undefined;
  /** Blocks of 10 ms whose RMS is below this are silenced, in dB below full scale, -120..0. */
  readonly noiseGateDb?: number | undefined;
  /** `peak`: the largest sample becomes 1; `rms`: the root mean square becomes 0.1 (-20 dB). Silence stays silent. */
  readonly normalise?: 'peak' | 'rms' | undefined;
}

const GATE_BLOCK_S = 0.01;
const RMS_TARGET = 0.1;
/** What is quieter is rounding, as for zero crossings. */
const SILENT = 1e-10;

/** Only what is switched on: an empty object leaves a recording as it is. Throws `E_CONFIG` that names every value out of range at once. */
export function resolvePreparation(given: Preparation = {}): Preparation {
  const { sampleRateHz, removeDc, noiseGateDb, normalise, ...unknown } = given;
  const problems = [
    ...Object.keys(unknown).map((name) => `${name}: no such step`),
    ...preparationProblems(given).map(inWords),
  ];
  if (problems.length > 0) throw new LouverError('E_CONFIG', `audio preparation: ${problems.join('; ')}`);
  return {
    ...(sampleRateHz !== undefined && { sampleRateHz }),
    ...(removeDc === true && { removeDc }),
    ...(noiseGateDb !== undefined && { noiseGateDb }),
    ...(normalise !== undefined && { normalise }),
  };
}

/** Every value out of range. */
export function preparationProblems(given: Preparation): readonly OptionProblem<Preparation>[] {
  const { sampleRateHz, removeDc, noiseGateDb, normalise } = given;
  const problems: OptionProblem<Preparation>[] = [];
  const expect = (ok: boolean, name: keyof Preparation, expected: string): void => {
    if (given[name] !== undefined && !ok) problems.push({ name, found: given[name], expected });
  };
  const isRate = Number.isInteger(sampleRateHz) && sampleRateHz! >= 1_000 && sampleRateHz! <= 192_000;
  expect(isRate, 'sampleRateHz', 'a whole number of Hz from 1000 to 192000');
  expect(typeof removeDc === 'boolean', 'removeDc', 'true or false');
  expect(noiseGateDb! >= -120 && noiseGateDb! <= 0, 'noiseGateDb', 'decibels from -120 to 0');
  expect(normalise === 'peak' || normalise === 'rms', 'normalise', 'peak or rms');
  return problems;
}

/** The recording as it is analysed. The samples given are never changed. Throws `E_FEATURES` as {@link resample} does. */
export function prepared(
  samples: Float64Array,
  sampleRateHz: number,
  { sampleRateHz: toHz = sampleRateHz, removeDc = false, noiseGateDb, normalise }: Preparation,
): { readonly samples: Float64Array; readonly sampleRateHz: number } {
  // First: silence is assumed before and behind a recording, and an offset would step there.
  const centred = removeDc ? withoutMean(samples) : samples;
  const resampled = toHz === sampleRateHz ? centred : resample(centred, sampleRateHz, toHz);
  if (noiseGateDb === undefined && normalise === undefined) return { samples: resampled, sampleRateHz: toHz };
  const own = resampled === samples ? samples.slice() : resampled;
  if (noiseGateDb !== undefined) gate(own, Math.max(1, Math.round(GATE_BLOCK_S * toHz)), 10 ** (noiseGateDb / 20));
  if (normalise === 'peak') scale(own, peakOf(own), 1);
  if (normalise === 'rms') scale(own, rmsOf(own), RMS_TARGET);
  return { samples: own, sampleRateHz: toHz };
}

function withoutMean(samples: Float64Array): Float64Array {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]!;
  const mean = sum / samples.length;
  return samples.map((sample) => sample - mean);
}

function gate(samples: Float64Array, blockLength: number, threshold: number): void {
  for (let from = 0; from < samples.length; from += blockLength) {
    const block = samples.subarray(from, from + blockLength);
    if (rmsOf(block) < threshold) block.fill(0);
  }
}

/** Silence has no level that could be changed. */
function scale(samples: Float64Array, from: number, to: number): void {
  if (!(from > SILENT)) return;
  for (let i = 0; i < samples.length; i++) samples[i]! *= to / from;
}

function peakOf(samples: Float64Array): number {
  let most = 0;
  for (let i = 0; i < samples.length; i++) most = Math.max(most, Math.abs(samples[i]!));
  return most;
}

function rmsOf(samples: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < samples.length; i++) squares += samples[i]! * samples[i]!;
  return Math.sqrt(squares / samples.length);
}
