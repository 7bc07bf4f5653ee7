import { FEATURE_GROUPS, type FeatureGroup, type Preparation, type SpectralParameters } from '@louver/ml';
import { z } from 'zod';
import { about, bytes, duration, flag, leaf, number, oneOf, text } from './leaf.js';

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
  remove_dc: about(
    flag(),
    'Takes a constant offset out of every recording; set it for microphones whose silence is not zero.',
    'false',
  ),
  resample_hz: about(
    any(),
    'Rate that every recording is brought to first; set it when devices record at different ones.',
    { default: '(as recorded)', unit: 'Hz' },
  ),
  noise_gate_db: about(
    any(),
    'Silences frames that are quieter than this below full scale; set it when a quiet room counts as silent.',
    { default: '(off)', unit: 'dB' },
  ),
  normalise: about(
    oneOf(['peak', 'rms']),
    'Brings recordings to one loudness by their peak or their mean; leave it out where loudness is to tell something.',
    '(off)',
  ),
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
  n_fft: about(
    any(),
    'Length of a frame; longer hears finer pitches, shorter finer times. Only with a model trained so.',
    { default: '2048', unit: 'samples' },
  ),
  hop_length: about(any(), 'From one frame to the next; larger is faster and coarser. Only with a model trained so.', {
    default: '512',
    unit: 'samples',
  }),
  win_length: about(any(), 'Of the window inside of a frame. Only with a model trained so.', {
    default: '(n_fft)',
    unit: 'samples',
  }),
  center: about(
    flag(),
    'Whether frames are centred on their time, with padding at both ends. Only with a model trained so.',
    'true',
  ),
  n_mels: about(any(), 'How many mel bands MFCC are made of. Only with a model trained so.', {
    default: '128',
    unit: 'bands',
  }),
  fmin_hz: about(any(), 'Lower edge of the lowest mel band; raise it above a hum. Only with a model trained so.', {
    default: '0',
    unit: 'Hz',
  }),
  fmax_hz: about(any(), 'Upper edge of the highest mel band. Only with a model trained so.', {
    default: '(half of the sample rate)',
    unit: 'Hz',
  }),
  htk: about(flag(), 'Whether the mel scale is that of HTK instead of Slaney. Only with a model trained so.', 'false'),
  n_mfcc: about(any(), 'How many MFCC are kept; `mfcc_mean_1` to this one. Only with a model trained so.', '13'),
  lifter: about(any(), 'Cepstral lifter, 0 for none. Only with a model trained so.', '0'),
  roll_percent: about(
    any(),
    'Share of the spectrum that lies below the roll-off. Only with a model trained so.',
    '0.85',
  ),
  contrast_fmin_hz: about(any(), 'Upper edge of the lowest band of spectral contrast. Only with a model trained so.', {
    default: '200',
    unit: 'Hz',
  }),
  contrast_bands: about(
    any(),
    'Octaves of spectral contrast above it; fewer for low sample rates. Only with a model trained so.',
    { default: '6', unit: 'octaves' },
  ),
  contrast_quantile: about(
    any(),
    'Share of the bins of a band that make its peak and its valley. Only with a model trained so.',
    '0.02',
  ),
  delta_width: about(any(), 'Frames that a delta of MFCC is fitted over. Only with a model trained so.', {
    default: '9',
    unit: 'frames',
  }),
} satisfies Record<keyof typeof PARAMETER_KEYS, z.ZodType>);

/** As `fileRecordings` of `@louver/core/recordings` has them. */
const LEAST_RETENTION_MS = 3_600_000;
const LEAST_RECORDINGS_BYTES = 64 * 1024 ** 2;

export const audioSchema = z.strictObject({
  sample_rate: about(
    number('a rate in Hz, 1000 to 192000', (n) => Number.isInteger(n) && n >= 1000 && n <= 192_000),
    'Rate that devices are expected to record at; set it to be warned of one that does not. Every recording is analysed all the same.',
    { default: '(any)', unit: 'Hz' },
  ),
  store_raw: about(
    flag(),
    'Whether recordings are kept as WAV files beside their features; set it to collect sounds for training.',
    'false',
  ),
  storage_path: about(
    text('the name of a folder'),
    'Where recordings are kept; set it when they have a disk of their own.',
    '(audio_data in data_dir)',
  ),
  raw_retention: about(
    duration(LEAST_RETENTION_MS),
    'How long a recording is kept after it last came; set it before the disk is full.',
    '(for ever)',
  ),
  raw_max_bytes: about(
    bytes(LEAST_RECORDINGS_BYTES, 1024 ** 5),
    'How much all recordings may take; beyond it the oldest go.',
    { default: '(no bound)', unit: 'bytes' },
  ),
  features: about(
    features,
    'Groups of columns that are made of a recording; name what your model wants.',
    '[mfcc, spectral_centroid, spectral_rolloff, rms, zero_crossing_rate]',
  ),
  preparation: preparationSchema.optional(),
  parameters: parametersSchema.optional(),
});
