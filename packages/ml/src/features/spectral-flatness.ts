const SMALLEST_POWER = 1e-10;

/**
 * Geometric over arithmetic mean of one frame's power spectrum, each bin at least 1e-10: 0 … 1, near 1 for noise and for silence, near 0
 * for a tone. [librosa.feature.spectral_flatness, amin=1e-10, power=2]
 */
export function spectralFlatness(power: Float64Array): number {
  let logarithms = 0;
  let sum = 0;
  for (let bin = 0; bin < power.length; bin++) {
    const value = Math.max(power[bin]!, SMALLEST_POWER);
    logarithms += Math.log(value);
    sum += value;
  }
  return Math.exp(logarithms / power.length) / (sum / power.length);
}
