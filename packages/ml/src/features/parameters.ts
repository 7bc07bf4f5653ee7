import { LouverError } from '@louver/core';
import { inWords, type OptionProblem } from './option-problem.js';

/** How sound is cut into frames and what is read from each; librosa's names for them in brackets. */
export interface SpectralParameters {
  /** Samples per Fourier transform, 4..32768; a power of two is several times as fast [n_fft]. Default 2048. */
  readonly nFft: number;
  /** Samples from one frame to the next, at least 1 [hop_length]. Default 512. */
  readonly hopLength: number;
  /** Length of the Hann window, 1..nFft, zero-padded on both sides to nFft [win_length]. Default nFft. */
  readonly winLength: number;
  /** Frames centred on their sample, with zeros before and after the recording [center]. Default true. */
  readonly center: boolean;
  /** Mel bands under the MFCC [n_mels]. Default 128. */
  readonly nMels: number;
  /** Lower and upper edge of the mel bands in Hz [fmin, fmax]. Defaults 0 and, as `null`, half the sample rate. */
  readonly fminHz: number;
  readonly fmaxHz: number | null;
  /** The HTK formula for mel instead of Slaney's [htk]. Default false. */
  readonly htk: boolean;
  /** Coefficients kept, 1..nMels [n_mfcc]. Default 13. */
  readonly nMfcc: number;
  /** Cepstral lifter, 0 for none [lifter]. Default 0. */
  readonly lifter: number;
  /** Share of a frame's magnitude below the roll-off, 0..1 exclusive [roll_percent]. Default 0.85. */
  readonly rollPercent: number;
  /** Upper edge of the lowest band of spectral contrast in Hz, above 0 [fmin]. Default 200. */
  readonly contrastFminHz: number;
  /** Octaves above it, 1..16; the highest one has to begin below half the sample rate [n_bands]. Default 6. */
  readonly contrastBands: number;
  /** Share of a band's bins that make its peak and its valley, 0..1 exclusive [quantile]. Default 0.02. */
  readonly contrastQuantile: number;
  /** Frames under a delta, an odd number from 3 [width]. Default 9. */
  readonly deltaWidth: number;
}

export const DEFAULT_PARAMETERS: SpectralParameters = {
  nFft: 2048,
  hopLength: 512,
  winLength: 2048,
  center: true,
  nMels: 128,
  fminHz: 0,
  fmaxHz: null,
  htk: false,
  nMfcc: 13,
  lifter: 0,
  rollPercent: 0.85,
  contrastFminHz: 200,
  contrastBands: 6,
  contrastQuantile: 0.02,
  deltaWidth: 9,
};

/** A whole number within these bounds, both included. */
export const isCount = (value: unknown, from: number, to: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to;

const isAbove = (value: unknown, from: number): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= from;

/** Fills in the defaults; throws `E_CONFIG` that names every value out of range at once. */
export function resolveParameters(given: Partial<SpectralParameters> = {}): SpectralParameters {
  const unknown = Object.keys(given).filter((key) => !(key in DEFAULT_PARAMETERS));
  const problems = [
    ...(unknown.length > 0 ? [`${unknown.join(', ')}: no such parameter`] : []),
    ...parameterProblems(given).map(inWords),
  ];
  if (problems.length > 0) throw new LouverError('E_CONFIG', `audio feature parameters: ${problems.join('; ')}`);
  return withDefaults(given);
}

function withDefaults(given: Partial<SpectralParameters>): SpectralParameters {
  const winLength = given.winLength ?? given.nFft ?? DEFAULT_PARAMETERS.winLength;
  return { ...DEFAULT_PARAMETERS, ...given, winLength };
}

/** Every value out of range, also where a default does not fit what is given. */
export function parameterProblems(given: Partial<SpectralParameters>): readonly OptionProblem<SpectralParameters>[] {
  const p = withDefaults(given);
  const problems: OptionProblem<SpectralParameters>[] = [];
  const expect = (ok: boolean, name: keyof SpectralParameters, expected: string): void => {
    if (!ok) problems.push({ name, found: p[name], expected });
  };
  expect(isCount(p.nFft, 4, 32768), 'nFft', 'a whole number from 4 to 32768');
  expect(isCount(p.hopLength, 1, 1 << 20), 'hopLength', 'a whole number from 1 to 1048576');
  expect(isCount(p.winLength, 1, p.nFft), 'winLength', `a whole number from 1 to nFft (${p.nFft})`);
  expect(typeof p.center === 'boolean', 'center', 'true or false');
  expect(isCount(p.nMels, 1, 1024), 'nMels', 'a whole number from 1 to 1024');
  expect(typeof p.htk === 'boolean', 'htk', 'true or false');
  expect(isAbove(p.fminHz, 0), 'fminHz', 'a frequency from 0 Hz');
  expect(p.fmaxHz === null || isAbove(p.fmaxHz, p.fminHz + 1e-9), 'fmaxHz', 'a frequency above fminHz, or null');
  expect(isCount(p.nMfcc, 1, p.nMels), 'nMfcc', `a whole number from 1 to nMels (${p.nMels})`);
  expect(isAbove(p.lifter, 0), 'lifter', 'a number from 0');
  expect(p.rollPercent > 0 && p.rollPercent < 1, 'rollPercent', 'a number between 0 and 1');
  expect(isAbove(p.contrastFminHz, Number.MIN_VALUE), 'contrastFminHz', 'a frequency above 0 Hz');
  expect(isCount(p.contrastBands, 1, 16), 'contrastBands', 'a whole number from 1 to 16');
  expect(p.contrastQuantile > 0 && p.contrastQuantile < 1, 'contrastQuantile', 'a number between 0 and 1');
  expect(isCount(p.deltaWidth, 3, 1025) && p.deltaWidth % 2 === 1, 'deltaWidth', 'an odd number from 3 to 1025');
  return problems;
}

/** Number of frames of a recording; 0 when it is shorter than one uncentred frame. [librosa.util.frame, librosa.stft] */
export function frameCount(samples: number, parameters: SpectralParameters): number {
  const padding = parameters.center ? 2 * Math.floor(parameters.nFft / 2) : 0;
  const room = samples + padding - parameters.nFft;
  return room < 0 ? 0 : 1 + Math.floor(room / parameters.hopLength);
}
