import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { FrameFeature, FrameMatrix, SpectralParameters } from '../src/index.js';

/** A reference case as `golden/README.md` describes it. */
export interface GoldenCase {
  readonly id: string;
  readonly wav_format: { readonly sample_rate: number };
  readonly decoded: { readonly length: number; readonly sha256_mono_float64_le: string };
  readonly sets: Readonly<Record<string, GoldenSet>>;
}

export interface GoldenSet {
  readonly params: GoldenParameters;
  readonly n_frames: number;
  /** Estimated, in semitones; absent in sets without chroma. */
  readonly tuning?: number;
  readonly rolloff_near_tie_frames: readonly number[];
  readonly features: Readonly<Record<string, GoldenFeature>>;
}

export interface GoldenParameters {
  readonly n_fft: number;
  readonly hop_length: number;
  readonly win_length?: number;
  readonly center: boolean;
  readonly n_mels: number;
  readonly fmin: number;
  readonly fmax: number;
  readonly htk: boolean;
  readonly n_mfcc: number;
  readonly lifter?: number;
  readonly roll_percent?: number;
  readonly contrast_fmin?: number;
  readonly contrast_n_bands?: number;
  readonly contrast_quantile?: number;
}

export interface GoldenFeature {
  readonly shape: readonly [number, number];
  readonly data: readonly number[];
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** How far librosa itself is off when it computes in float32. */
  readonly float32_max_abs_diff?: number;
}

export interface GoldenEntry {
  readonly id: string;
  readonly wav: string;
  readonly golden: string;
  readonly origin: string;
  readonly sets: readonly string[];
}

export const goldenFolder = new URL('./golden/', import.meta.url);
/** Real recordings have licences of their own and are not part of the project: a folder with `wav/` and `cases/`. */
export const recordingsFolder = process.env['LOUVER_GOLDEN_RECORDINGS'];

export const readJson = <T>(file: string | URL): T => JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as T;

const entries = (JSON.parse(readFileSync(new URL('manifest.json', goldenFolder), 'utf8')) as { cases: GoldenEntry[] })
  .cases;

const isRecording = (entry: GoldenEntry): boolean => entry.golden.startsWith('recordings/');

export const generatedEntries = entries.filter((entry) => !isRecording(entry));
export const recordingEntries = entries.filter(isRecording);

/** Where a case's WAV and numbers lie. */
export function filesOf(entry: GoldenEntry): { wav: Uint8Array; golden: GoldenCase } {
  const path = (name: string): string | URL =>
    isRecording(entry) ? `${recordingsFolder}/${name.replace('recordings/', '')}` : new URL(name, goldenFolder);
  return { wav: new Uint8Array(readFileSync(path(entry.wav))), golden: readJson<GoldenCase>(path(entry.golden)) };
}

export function parametersOf(p: GoldenParameters): SpectralParameters {
  return {
    nFft: p.n_fft,
    hopLength: p.hop_length,
    winLength: p.win_length ?? p.n_fft,
    center: p.center,
    nMels: p.n_mels,
    fminHz: p.fmin,
    fmaxHz: p.fmax,
    htk: p.htk,
    nMfcc: p.n_mfcc,
    lifter: p.lifter ?? 0,
    rollPercent: p.roll_percent ?? 0.85,
    contrastFminHz: p.contrast_fmin ?? 200,
    contrastBands: p.contrast_n_bands ?? 6,
    contrastQuantile: p.contrast_quantile ?? 0.02,
    deltaWidth: 9,
  };
}

const peak = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/**
 * The worst excess over the bounds of `golden/README.md`: 0 when every number is within its bound, and words for the first that is not.
 */
export function outOfBounds(
  feature: FrameFeature,
  got: FrameMatrix,
  want: GoldenFeature,
  set: GoldenSet,
  rateHz: number,
): string {
  if (got.shape[0] !== want.shape[0] || got.shape[1] !== want.shape[1])
    return `shape ${got.shape}, expected ${want.shape}`;
  const frames = want.shape[1];
  const oneBin = rateHz / set.params.n_fft;
  const largest = peak(want.data);
  for (let i = 0; i < want.data.length; i++) {
    const expected = want.data[i]!;
    const difference = Math.abs(got.data[i]! - expected);
    let bound = 0;
    if (feature === 'rms' || feature === 'spectral_centroid') bound = 1e-6 * Math.abs(expected);
    else if (feature === 'spectral_bandwidth') bound = 1e-5 * Math.abs(expected);
    else if (feature === 'spectral_flatness') bound = 1e-6;
    else if (feature.startsWith('chroma_stft')) bound = 1e-5;
    else if (feature === 'melspectrogram') bound = 1e-6 * largest;
    else if (feature === 'mel_db') bound = 1e-4;
    else if (feature === 'mfcc' || feature === 'spectral_contrast') bound = 1e-3;
    else if (feature === 'spectral_rolloff' && set.rolloff_near_tie_frames.includes(i % frames))
      bound = oneBin * 1.000001;
    if (!(difference <= bound)) {
      return `${feature} row ${Math.floor(i / frames)} frame ${i % frames}: ${got.data[i]}, expected ${expected} within ${bound}`;
    }
  }
  return '';
}
