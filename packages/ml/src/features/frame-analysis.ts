import { LouverError } from '@louver/core';
import { melBands, melFilterBank, type MelFilterBank } from './mel-filter-bank.js';
import { mfcc, mfccBasis } from './mfcc.js';
import { frameCount, type SpectralParameters } from './parameters.js';
import { powerToDb } from './power-to-db.js';
import { rms } from './rms.js';
import { ShortTimeSpectrum } from './short-time-spectrum.js';
import { spectralCentroid } from './spectral-centroid.js';
import { spectralRolloff, totalMagnitude } from './spectral-rolloff.js';
import { zeroCrossingRate } from './zero-crossing-rate.js';

/** What can be read from every frame, by librosa's names. */
export type FrameFeature =
  'mfcc' | 'spectral_centroid' | 'spectral_rolloff' | 'rms' | 'zero_crossing_rate' | 'melspectrogram' | 'mel_db';

/** 65536 frames of 128 bands take 67 MB: more than that is a wrong hop length rather than a recording. */
const MAX_FRAMES = 65536;
/** Bands of `mel_db_mean`, the picture of a recording that is kept with its row. */
const PICTURE_BANDS = 40;
/** Plans kept: recordings choose the sample rate, so their number must be bounded. */
const MAX_PLANS = 8;

/**
 * Everything that depends on parameters and sample rate alone, computed once, and buffers that grow to the longest recording seen. One
 * plan serves one recording at a time.
 */
export class FrameAnalysis {
  readonly parameters: SpectralParameters;
  frames = 0;
  /** Row-major results, `[rows, frames]` in their first `rows * frames` places. */
  readonly results = new Map<FrameFeature, Float64Array<ArrayBuffer>>();
  readonly #binHz: number;
  readonly #spectrum: ShortTimeSpectrum;
  readonly #bank: MelFilterBank;
  readonly #pictureBank: MelFilterBank;
  readonly #basis: Float64Array;
  /** Mel bands, frame after frame. */
  #mel = new Float64Array(0);
  #picture = new Float64Array(0);

  constructor(parameters: SpectralParameters, sampleRateHz: number) {
    this.parameters = parameters;
    const { nFft, nMels, nMfcc, lifter, fminHz, htk } = parameters;
    const fmaxHz = parameters.fmaxHz ?? sampleRateHz / 2;
    if (!(fmaxHz > fminHz)) {
      const found = `a sample rate of ${sampleRateHz} Hz leaves no room above ${fminHz} Hz`;
      throw new LouverError('E_FEATURES', `${found}: mel bands need one above ${2 * fminHz} Hz`);
    }
    this.#binHz = sampleRateHz / nFft;
    this.#spectrum = new ShortTimeSpectrum(parameters);
    this.#bank = melFilterBank({ sampleRateHz, nFft, nMels, fminHz, fmaxHz, htk });
    this.#pictureBank = melFilterBank({ sampleRateHz, nFft, nMels: PICTURE_BANDS, fminHz, fmaxHz, htk: false });
    this.#basis = mfccBasis(nMfcc, nMels, lifter);
  }

  rowsOf(feature: FrameFeature): number {
    if (feature === 'mfcc') return this.parameters.nMfcc;
    return feature === 'melspectrogram' || feature === 'mel_db' ? this.parameters.nMels : 1;
  }

  /** Fills `results` for the features wanted. Throws `E_FEATURES` for a recording without a frame. */
  run(samples: Float64Array, wanted: ReadonlySet<FrameFeature>, picture: boolean): void {
    this.frames = countFrames(samples, this.parameters);
    const centroid = wanted.has('spectral_centroid') ? this.#buffer('spectral_centroid') : undefined;
    const rolloff = wanted.has('spectral_rolloff') ? this.#buffer('spectral_rolloff') : undefined;
    const mel = wanted.has('mfcc') || wanted.has('mel_db') || wanted.has('melspectrogram');
    if (mel) this.#mel = grown(this.#mel, this.frames * this.parameters.nMels);
    if (picture) this.#picture = grown(this.#picture, this.frames * PICTURE_BANDS);
    if (centroid !== undefined || rolloff !== undefined || mel || picture)
      this.#spectra(samples, centroid, rolloff, mel, picture);
    if (wanted.has('rms')) rms(samples, this.parameters, this.#buffer('rms'));
    if (wanted.has('zero_crossing_rate'))
      zeroCrossingRate(samples, this.parameters, this.#buffer('zero_crossing_rate'));
    if (mel) this.#cepstra(wanted);
  }

  /** Mean over all frames of the decibels in 40 Slaney mel bands, of the recording last run with `picture`. */
  pictureMeans(): number[] {
    powerToDb(this.#picture, this.frames * PICTURE_BANDS);
    const means = new Array<number>(PICTURE_BANDS).fill(0);
    for (let frame = 0, at = 0; frame < this.frames; frame++) {
      for (let band = 0; band < PICTURE_BANDS; band++) means[band]! += this.#picture[at++]!;
    }
    for (let band = 0; band < PICTURE_BANDS; band++) means[band]! /= this.frames;
    return means;
  }

  #spectra(
    samples: Float64Array,
    centroid: Float64Array | undefined,
    rolloff: Float64Array | undefined,
    mel: boolean,
    picture: boolean,
  ): void {
    const { nFft, hopLength, center, nMels, rollPercent } = this.parameters;
    const { magnitude, power } = this.#spectrum;
    const lead = center ? nFft / 2 : 0;
    for (let frame = 0; frame < this.frames; frame++) {
      this.#spectrum.transform(samples, frame * hopLength - lead);
      const total = totalMagnitude(magnitude);
      if (centroid) centroid[frame] = spectralCentroid(magnitude, total, this.#binHz);
      if (rolloff) rolloff[frame] = spectralRolloff(magnitude, total, rollPercent, this.#binHz);
      if (mel) melBands(this.#bank, power, this.#mel, frame * nMels);
      if (picture) melBands(this.#pictureBank, power, this.#picture, frame * PICTURE_BANDS);
    }
  }

  #cepstra(wanted: ReadonlySet<FrameFeature>): void {
    const { nMels } = this.parameters;
    if (wanted.has('melspectrogram')) transpose(this.#mel, this.frames, nMels, this.#buffer('melspectrogram'));
    powerToDb(this.#mel, this.frames * nMels);
    if (wanted.has('mel_db')) transpose(this.#mel, this.frames, nMels, this.#buffer('mel_db'));
    if (wanted.has('mfcc')) mfcc(this.#mel, this.frames, nMels, this.#basis, this.#buffer('mfcc'));
  }

  #buffer(feature: FrameFeature): Float64Array<ArrayBuffer> {
    const buffer = grown(this.results.get(feature) ?? new Float64Array(0), this.rowsOf(feature) * this.frames);
    this.results.set(feature, buffer);
    return buffer;
  }
}

function countFrames(samples: Float64Array, parameters: SpectralParameters): number {
  if (samples.length === 0) throw new LouverError('E_FEATURES', 'recording has no samples');
  const frames = frameCount(samples.length, parameters);
  if (frames >= 1 && frames <= MAX_FRAMES) return frames;
  const found = `recording of ${samples.length} samples makes ${frames} frames`;
  const advice =
    frames === 0
      ? `at least ${parameters.nFft} samples when not centred`
      : `${MAX_FRAMES} at most: use a longer hopLength`;
  throw new LouverError('E_FEATURES', `${found}, expected ${advice}`);
}

const grown = (buffer: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> =>
  buffer.length >= length ? buffer : new Float64Array(length);

function transpose(from: Float64Array, rows: number, columns: number, to: Float64Array): void {
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) to[column * rows + row] = from[at++]!;
  }
}

const plans = new Map<string, FrameAnalysis>();

/** The plan for these parameters at this rate, made once; the least recently used of more than eight is dropped. */
export function frameAnalysis(parameters: SpectralParameters, sampleRateHz: number): FrameAnalysis {
  const key = `${sampleRateHz} ${JSON.stringify(parameters)}`;
  const known = plans.get(key);
  const plan = known ?? new FrameAnalysis(parameters, sampleRateHz);
  plans.delete(key);
  plans.set(key, plan);
  if (plans.size > MAX_PLANS) plans.delete(plans.keys().next().value!);
  return plan;
}
