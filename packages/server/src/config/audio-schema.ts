import { FEATURE_GROUPS, type FeatureGroup, type Preparation, type SpectralParameters } from '@louver/ml';
import { z } from 'zod';
import { bytes, duration, flag, leaf, number, oneOf, text } from './leaf.js';

const features = leaf<readonly FeatureGroup[]>(`a list of ${FEATURE_GROUPS.join(', ')}, each once`, (found) => {
  if (!Array.isArray(found) || found.length === 0 || new Set(found).size < found.length) return undefined;
  return found.every((group) => FEATURE_GROUPS.includes(group as FeatureGroup)) ? (found as FeatureGroup[]) : undefined;
});

/** Ranges are those of `@louver/ml`: see `audioProblems`. */
const any = () => number('a number', () => true);

/** `audio.preparation`, and what each key is called in code. */
export const PREPARATION_KEYS = {
  remove_dc: 'removeDc',
  resample_hz: 'sampleRateHz',
  noise_gate_db: 'noiseGateDb',
  normalise: 'normalise',
} as const satisfies Record<string, keyof Preparation>;

export const preparationSchema = z.strictObject({
  remove_dc: flag(),
  resample_hz: any(),
  noise_gate_db: any(),
  normalise: oneOf(['peak', 'rms']),
} satisfies Record<keyof typeof PREPARATION_KEYS, z.ZodType>);

/** `audio.parameters`, and what each key is called in code. */
export const PARAMETER_KEYS = {
  n_fft: 'nFft',
  hop_length: 'hopLength',
  win_length: 'winLength',
  center: 'center',
  n_mels: 'nMels',
  fmin_hz: 'fminHz',
  fmax_hz: 'fmaxHz',
  htk: 'htk',
  n_mfcc: 'nMfcc',
  lifter: 'lifter',
  roll_percent: 'rollPercent',
  contrast_fmin_hz: 'contrastFminHz',
  contrast_bands: 'contrastBands',
  contrast_quantile: 'contrastQuantile',
  delta_width: 'deltaWidth',
} as const satisfies Record<string, keyof SpectralParameters>;

export const parametersSchema = z.strictObject({
  n_fft: any(),
  hop_length: any(),
  win_length: any(),
  center: flag(),
  n_mels: any(),
  fmin_hz: any(),
  fmax_hz: any(),
  htk: flag(),
  n_mfcc: any(),
  lifter: any(),
  roll_percent: any(),
  contrast_fmin_hz: any(),
  contrast_bands: any(),
  contrast_quantile: any(),
  delta_width: any(),
} satisfies Record<keyof typeof PARAMETER_KEYS, z.ZodType>);

/** As `fileRecordings` of `@louver/core/recordings` has them. */
const LEAST_RETENTION_MS = 3_600_000;
const LEAST_RECORDINGS_BYTES = 64 * 1024 ** 2;

export const audioSchema = z.strictObject({
  sample_rate: number('a rate in Hz, 1000 to 192000', (n) => Number.isInteger(n) && n >= 1000 && n <= 192_000),
  store_raw: flag(),
  storage_path: text('the name of a folder'),
  raw_retention: duration(LEAST_RETENTION_MS),
  raw_max_bytes: bytes(LEAST_RECORDINGS_BYTES, 1024 ** 5),
  features,
  preparation: preparationSchema.optional(),
  parameters: parametersSchema.optional(),
});
