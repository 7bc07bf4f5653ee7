import { LouverError } from '@louver/core';
import { binHz } from './bin-frequency.js';
import { ChromaAnalysis } from './chroma-analysis.js';
import { checkFrames } from './check-frames.js';
import { delta } from './delta.js';
import { rowsOf, type FrameFeature } from './frame-feature.js';
import { melBands, melFilterBank, type MelFilterBank } from './mel-filter-bank.js';
import { mfcc, mfccBasis } from './mfcc.js';
import { frameCount, type SpectralParameters } from './parameters.js';
import { powerToDb } from './power-to-db.js';
import { rms } from './rms.js';
import { ShortTimeSpectrum } from './short-time-spectrum.js';
import { spectralBandwidth } from './spectral-bandwidth.js';
import { spectralCentroid } from './spectral-centroid.js';
import { SpectralContrast } from './spectral-contrast.js';
import { spectralFlatness } from './spectral-flatness.js';
import { spectralRolloff, totalMagnitude } from './spectral-rolloff.js';
import { zeroCrossingRate } from './zero-crossing-rate.js';

/** Bands of `mel_db_mean`, the picture of a recording that is kept with its row. */
const PICTURE_BANDS = 40;

type Wanted = ReadonlySet<FrameFeature>;

const OF_THE_SPECTRUM = [
  'spectral_centroid',
  'spectral_bandwidth',
  'spectral_rolloff',
  'spectral_flatness',
  'spectral_contrast',
  'chroma_stft',
  'chroma_stft_tuning0',
] as const satisfies readonly FrameFeature[];
const OF_MEL_BANDS = ['mfcc', 'mfcc_delta', 'mfcc_delta2', 'mel_db', 'melspectrogram'] as const;

/**
 * Everything that depends on parameters and sample rate alone, computed once, and buffers that grow to the longest recording seen. One
 * plan serves one recording at a time.
 */
export class FrameAnalysis {
  frames = 0;
  /** Row-major results, `[rows, frames]` in their first `rows * frames` places. */
  readonly results = new Map<FrameFeature, Float64Array<ArrayBuffer>>();
  readonly #binHz: number;
  readonly #spectrum: ShortTimeSpectrum;
  readonly #bank: MelFilterBank;
  readonly #pictureBank: MelFilterBank;
  readonly #basis: Float64Array;
  readonly #chroma: ChromaAnalysis;
  /** Made when it is first wanted: not every sample rate has room for its bands. */
  #contrast: SpectralContrast | undefined;
  /** Mel bands, frame after frame. */
  #mel = new Float64Array(0);
  #picture = new Float64Array(0);

  constructor(
    readonly parameters: SpectralParameters,
    readonly sampleRateHz: number,
  ) {
    const { nFft, nMels, nMfcc, lifter, fminHz, htk } = parameters;
    const fmaxHz = parameters.fmaxHz ?? sampleRateHz / 2;
    if (!(fmaxHz > fminHz)) {
      const found = `a sample rate of ${sampleRateHz} Hz leaves no room above ${fminHz} Hz`;
      throw new LouverError('E_FEATURES', `${found}: mel bands need one above ${2 * fminHz} Hz`);
    }
    this.#binHz = binHz(sampleRateHz, nFft);
    this.#spectrum = new ShortTimeSpectrum(parameters);
    this.#bank = melFilterBank({ sampleRateHz, nFft, nMels, fminHz, fmaxHz, htk });
    this.#pictureBank = melFilterBank({ sampleRateHz, nFft, nMels: PICTURE_BANDS, fminHz, fmaxHz, htk: false });
    this.#basis = mfccBasis(nMfcc, nMels, lifter);
    this.#chroma = new ChromaAnalysis(sampleRateHz, nFft);
  }

  /** Fills `results` for the features wanted. Throws `E_FEATURES` for a recording without a frame. */
  run(samples: Float64Array, wanted: Wanted, picture: boolean): void {
    this.frames = countFrames(samples, this.parameters);
    const mel = OF_MEL_BANDS.some((feature) => wanted.has(feature));
    if (mel) this.#mel = grown(this.#mel, this.frames * this.parameters.nMels);
    if (picture) this.#picture = grown(this.#picture, this.frames * PICTURE_BANDS);
    if (mel || picture || OF_THE_SPECTRUM.some((feature) => wanted.has(feature))) {
      this.#spectra(samples, wanted, mel, picture);
    }
    if (wanted.has('rms')) rms(samples, this.parameters, this.#buffer('rms'));
    if (wanted.has('zero_crossing_rate')) {
      zeroCrossingRate(samples, this.parameters, this.#buffer('zero_crossing_rate'));
    }
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

  #spectra(samples: Float64Array, wanted: Wanted, mel: boolean, picture: boolean): void {
    const { nMels, rollPercent } = this.parameters;
    const { magnitude, power } = this.#spectrum;
    const bufferOf = (feature: FrameFeature) => (wanted.has(feature) ? this.#buffer(feature) : undefined);
    const centroid = bufferOf('spectral_centroid');
    const bandwidth = bufferOf('spectral_bandwidth');
    const rolloff = bufferOf('spectral_rolloff');
    const flatness = bufferOf('spectral_flatness');
    const contrast = bufferOf('spectral_contrast');
    const tuned = bufferOf('chroma_stft');
    const untuned = bufferOf('chroma_stft_tuning0');
    if (contrast) this.#contrast ??= this.#contrastPlan();
    if (tuned) this.#chroma.begin();
    for (let frame = 0; frame < this.frames; frame++) {
      this.#transform(samples, frame);
      const total = totalMagnitude(magnitude);
      const centroidHz = (centroid ?? bandwidth) ? spectralCentroid(magnitude, total, this.#binHz) : 0;
      if (centroid) centroid[frame] = centroidHz;
      if (bandwidth) bandwidth[frame] = spectralBandwidth(magnitude, total, centroidHz, this.#binHz);
      if (rolloff) rolloff[frame] = spectralRolloff(magnitude, total, rollPercent, this.#binHz);
      if (flatness) flatness[frame] = spectralFlatness(power);
      if (contrast) this.#contrast!.read(magnitude, frame, this.frames, contrast);
      if (mel) melBands(this.#bank, power, this.#mel, frame * nMels);
      if (picture) melBands(this.#pictureBank, power, this.#picture, frame * PICTURE_BANDS);
      if (untuned) this.#chroma.untuned(power, frame, this.frames, untuned);
      if (tuned) this.#chroma.look(power);
    }
    if (contrast) this.#contrast!.finish(this.frames, contrast);
    if (!tuned) return;
    // The tuning is that of the whole recording: only then can its frames be read, once more rather than from a copy of all spectra.
    this.#chroma.tune();
    for (let frame = 0; frame < this.frames; frame++) {
      this.#transform(samples, frame);
      this.#chroma.tuned(power, frame, this.frames, tuned);
    }
  }

  #transform(samples: Float64Array, frame: number): void {
    const { nFft, hopLength, center } = this.parameters;
    this.#spectrum.transform(samples, frame * hopLength - (center ? Math.floor(nFft / 2) : 0));
  }

  #contrastPlan(): SpectralContrast {
    const { sampleRateHz } = this;
    const { nFft, contrastFminHz: fminHz, contrastBands: bands, contrastQuantile: quantile } = this.parameters;
    return new SpectralContrast({ sampleRateHz, nFft, fminHz, bands, quantile });
  }

  #cepstra(wanted: Wanted): void {
    const { nMels, nMfcc: rows, deltaWidth: width } = this.parameters;
    const { frames } = this;
    if (wanted.has('melspectrogram')) transpose(this.#mel, frames, nMels, this.#buffer('melspectrogram'));
    powerToDb(this.#mel, frames * nMels);
    if (wanted.has('mel_db')) transpose(this.#mel, frames, nMels, this.#buffer('mel_db'));
    if (!['mfcc', 'mfcc_delta', 'mfcc_delta2'].some((feature) => wanted.has(feature as FrameFeature))) return;
    const coefficients = this.#buffer('mfcc');
    mfcc(this.#mel, frames, nMels, this.#basis, coefficients);
    for (const [feature, order] of [
      ['mfcc_delta', 1],
      ['mfcc_delta2', 2],
    ] as const) {
      if (wanted.has(feature)) delta(coefficients, { rows, frames, width, order }, this.#buffer(feature));
    }
  }

  #buffer(feature: FrameFeature): Float64Array<ArrayBuffer> {
    const length = rowsOf(feature, this.parameters) * this.frames;
    const buffer = grown(this.results.get(feature) ?? new Float64Array(0), length);
    this.results.set(feature, buffer);
    return buffer;
  }
}

function countFrames(samples: Float64Array, parameters: SpectralParameters): number {
  if (samples.length === 0) throw new LouverError('E_FEATURES', 'recording has no samples, expected at least 1');
  const frames = frameCount(samples.length, parameters);
  checkFrames(samples.length, frames, 'hopLength', `at least ${parameters.nFft} samples when not centred`);
  return frames;
}

const grown = (buffer: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> =>
  buffer.length >= length ? buffer : new Float64Array(length);

function transpose(from: Float64Array, rows: number, columns: number, to: Float64Array): void {
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) to[column * rows + row] = from[at++]!;
  }
}
