/**
 * Mean frequency of one frame in Hz, weighted by magnitude; 0 for a silent frame. `total` is the sum of the magnitudes.
 * [librosa.feature.spectral_centroid]
 */
export function spectralCentroid(magnitude: Float64Array, total: number, binHz: number): number {
  // The first bin has weight 0. Two sums do not wait for each other.
  let odd = 0;
  let even = 0;
  let bin = 1;
  for (; bin + 1 < magnitude.length; bin += 2) {
    odd += bin * magnitude[bin]!;
    even += (bin + 1) * magnitude[bin + 1]!;
  }
  if (bin < magnitude.length) odd += bin * magnitude[bin]!;
  return total > 0 ? ((odd + even) / total) * binHz : 0;
}
