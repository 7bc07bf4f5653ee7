import { binHz } from './bin-frequency.js';
import { melFrequencies } from './mel-scale.js';

/** Triangular filters without their zeros: filter `m` weighs the bins from `firstBin[m]` with `weights[offset[m]…offset[m + 1])`. */
export interface MelFilterBank {
  readonly nMels: number;
  readonly firstBin: Int32Array;
  readonly offset: Int32Array;
  readonly weights: Float64Array;
}

export interface MelFilterBankOptions {
  readonly sampleRateHz: number;
  readonly nFft: number;
  readonly nMels: number;
  readonly fminHz: number;
  readonly fmaxHz: number;
  readonly htk: boolean;
}

/**
 * Mel filters with Slaney's area norm, rounded to float32 where librosa rounds: once as triangles, once as weights (a bank in full
 * double precision moves the MFCC by 3e-6). [librosa.filters.mel, norm='slaney', dtype=float32]
 */
export function melFilterBank(options: MelFilterBankOptions): MelFilterBank {
  const { sampleRateHz, nFft, nMels, fminHz, fmaxHz, htk } = options;
  const hz = melFrequencies(nMels + 2, fminHz, fmaxHz, htk);
  const oneBinHz = binHz(sampleRateHz, nFft);
  const firstBin = new Int32Array(nMels);
  const offset = new Int32Array(nMels + 1);
  const weights: number[] = [];
  for (let mel = 0; mel < nMels; mel++) {
    const left = hz[mel]!;
    const middle = hz[mel + 1]!;
    const right = hz[mel + 2]!;
    const norm = 2 / (right - left);
    let begun = false;
    for (let bin = 0; bin <= nFft / 2; bin++) {
      const f = bin * oneBinHz;
      const weight = Math.fround(
        Math.fround(Math.min((f - left) / (middle - left), (right - f) / (right - middle))) * norm,
      );
      if (weight > 0) {
        if (!begun) firstBin[mel] = bin;
        begun = true;
        weights.push(weight);
      } else if (begun) break;
    }
    offset[mel + 1] = weights.length;
  }
  return { nMels, firstBin, offset, weights: Float64Array.from(weights) };
}

/** Energy in each mel band of one frame's power spectrum, into `out[at…at + nMels)`. [librosa.feature.melspectrogram, power=2] */
export function melBands(bank: MelFilterBank, power: Float64Array, out: Float64Array, at: number): void {
  const { nMels, firstBin, offset, weights } = bank;
  for (let mel = 0; mel < nMels; mel++) {
    const end = offset[mel + 1]!;
    let k = offset[mel]!;
    let bin = firstBin[mel]!;
    // Two sums do not wait for each other.
    let sum = 0;
    let other = 0;
    for (; k + 1 < end; k += 2, bin += 2) {
      sum += weights[k]! * power[bin]!;
      other += weights[k + 1]! * power[bin + 1]!;
    }
    if (k < end) sum += weights[k]! * power[bin]!;
    out[at + mel] = sum + other;
  }
}
