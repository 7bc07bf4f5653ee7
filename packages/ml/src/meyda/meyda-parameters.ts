import { LouverError } from '@louver/core';
import { isCount } from '../features/parameters.js';

/** How sound is cut into frames and what is read from each, by Meyda's names for it. */
export interface MeydaParameters {
  /** Samples per frame, a power of two, 64..32768. Default 512. */
  readonly bufferSize: number;
  /** Samples from one frame to the next, at least 1. Default bufferSize. */
  readonly hopSize: number;
  /** Coefficients kept, 1..40 and at most melBands. Default 13. */
  readonly numberOfMFCCCoefficients: number;
  /** Mel bands under the MFCC, 1..128. Default 26. */
  readonly melBands: number;
}

export type GivenMeydaParameters = { readonly [Name in keyof MeydaParameters]?: MeydaParameters[Name] | undefined };

const DEFAULTS = { bufferSize: 512, numberOfMFCCCoefficients: 13, melBands: 26 } as const;

/** Beyond it Meyda gives 40 without a word. */
const MOST_COEFFICIENTS = 40;

/** Fills in the defaults; throws `E_CONFIG` that names every value out of range and every unknown name at once. */
export function resolveMeydaParameters(given: GivenMeydaParameters): MeydaParameters {
  const bufferSize = given.bufferSize ?? DEFAULTS.bufferSize;
  const p: MeydaParameters = {
    bufferSize,
    hopSize: given.hopSize ?? bufferSize,
    numberOfMFCCCoefficients: given.numberOfMFCCCoefficients ?? DEFAULTS.numberOfMFCCCoefficients,
    melBands: given.melBands ?? DEFAULTS.melBands,
  };
  const problems = Object.keys(given)
    .filter((name) => !(name in p))
    .map((name) => `${name}: no such option`);
  const expect = (ok: boolean, name: keyof MeydaParameters, expected: string): void => {
    if (!ok) problems.push(`${name} is ${String(p[name])}, expected ${expected}`);
  };
  const isPower = isCount(bufferSize, 64, 32768) && Number.isInteger(Math.log2(bufferSize));
  const mostCoefficients = Math.min(MOST_COEFFICIENTS, p.melBands);
  expect(isPower, 'bufferSize', 'a power of two from 64 to 32768');
  expect(isCount(p.hopSize, 1, 1 << 20), 'hopSize', 'a whole number from 1');
  expect(isCount(p.melBands, 1, 128), 'melBands', 'a whole number from 1 to 128');
  expect(
    isCount(p.numberOfMFCCCoefficients, 1, mostCoefficients),
    'numberOfMFCCCoefficients',
    `a whole number from 1 to ${MOST_COEFFICIENTS} and at most melBands (${p.melBands})`,
  );
  if (problems.length > 0) throw new LouverError('E_CONFIG', `meydaFeatures: ${problems.join('; ')}`);
  return p;
}
