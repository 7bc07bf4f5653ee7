import { LouverError } from '@louver/core';
import { binHz } from './bin-frequency.js';
import { powerToDb } from './power-to-db.js';

export interface ContrastBand {
  readonly firstBin: number;
  /** Exclusive. */
  readonly endBin: number;
  /** Bins at either end of the sorted band that make a peak and a valley. */
  readonly count: number;
}

export interface ContrastOptions {
  readonly sampleRateHz: number;
  readonly nFft: number;
  /** Upper edge of the lowest band; each further one is an octave. */
  readonly fminHz: number;
  /** Octaves above the lowest band. */
  readonly bands: number;
  readonly quantile: number;
}

/** Half to even, as numpy. */
function rint(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Bins of the octave bands of {@link SpectralContrast}. Throws `E_FEATURES` when the sample rate has no room for them. */
export function contrastBands({ sampleRateHz, nFft, fminHz, bands, quantile }: ContrastOptions): ContrastBand[] {
  const octaveHz = (band: number): number => (band === 0 ? 0 : fminHz * 2 ** (band - 1));
  const nyquistHz = sampleRateHz / 2;
  if (octaveHz(bands) >= nyquistHz) {
    const most = Math.ceil(Math.log2(nyquistHz / fminHz));
    const advice =
      most < 1 ? `contrastFminHz below ${nyquistHz}` : `contrastBands ${most} at most, or a lower contrastFminHz`;
    throw new LouverError(
      'E_FEATURES',
      `spectral contrast: ${bands} octaves above ${fminHz} Hz do not fit below ${nyquistHz} Hz, half the sample rate; expected ${advice}`,
    );
  }
  const bins = Math.floor(nFft / 2) + 1;
  const oneBinHz = binHz(sampleRateHz, nFft);
  const hz = (bin: number): number => bin * oneBinHz;
  return Array.from({ length: bands + 1 }, (_, band) => {
    let first = 0;
    while (first < bins && hz(first) < octaveHz(band)) first++;
    let end = first;
    while (end < bins && hz(end) <= octaveHz(band + 1)) end++;
    const isEmpty = first === end;
    // The bin below belongs to the band as well; the highest band goes up to the end, of all others the last bin is left out.
    if (band > 0) first--;
    if (band === bands) end = bins;
    const count = Math.max(1, rint(quantile * (end - first)));
    if (band < bands) end--;
    if (isEmpty || first >= end) {
      throw new LouverError(
        'E_FEATURES',
        `spectral contrast: nFft ${nFft} has too few bins from ${octaveHz(band)} to ${octaveHz(band + 1)} Hz; expected a longer nFft or a higher contrastFminHz`,
      );
    }
    return { firstBin: first, endBin: end, count };
  });
}

/**
 * Difference in dB between the loudest and the quietest share of the bins in each octave band. [librosa.feature.spectral_contrast,
 * linear=False]
 */
export class SpectralContrast {
  readonly rows: number;
  readonly #bands: readonly ContrastBand[];
  readonly #sorted: readonly Float64Array[];
  #valleys = new Float64Array(0);

  constructor(options: ContrastOptions) {
    this.#bands = contrastBands(options);
    this.#sorted = this.#bands.map(({ firstBin, endBin }) => new Float64Array(endBin - firstBin));
    this.rows = this.#bands.length;
  }

  /** Peaks of one frame into its column of `out`, row-major `[rows, frames]`; {@link SpectralContrast.finish} makes contrasts of them. */
  read(magnitude: Float64Array, frame: number, frames: number, out: Float64Array): void {
    if (this.#valleys.length < this.rows * frames) this.#valleys = new Float64Array(this.rows * frames);
    for (let row = 0; row < this.rows; row++) {
      const { firstBin, endBin, count } = this.#bands[row]!;
      const sorted = this.#sorted[row]!;
      sorted.set(magnitude.subarray(firstBin, endBin));
      sorted.sort();
      const most = Math.min(count, sorted.length);
      let valley = 0;
      let peak = 0;
      for (let i = 0; i < most; i++) {
        valley += sorted[i]!;
        peak += sorted[sorted.length - most + i]!;
      }
      this.#valleys[row * frames + frame] = valley / most;
      out[row * frames + frame] = peak / most;
    }
  }

  finish(frames: number, out: Float64Array): void {
    const length = this.rows * frames;
    powerToDb(out, length);
    powerToDb(this.#valleys, length);
    for (let i = 0; i < length; i++) out[i]! -= this.#valleys[i]!;
  }
}
