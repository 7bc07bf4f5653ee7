/**
 * Spread of one frame's spectrum around its centroid in Hz: root of the mean squared distance, weighted by magnitude; 0 for a silent
 * frame. `total` is the sum of the magnitudes, `centroidHz` their centroid. [librosa.feature.spectral_bandwidth, p=2]
 */
export function spectralBandwidth(magnitude: Float64Array, total: number, centroidHz: number, binHz: number): number {
  if (!(total > 0)) return 0;
  let sum = 0;
  for (let bin = 0; bin < magnitude.length; bin++) {
    const distance = bin * binHz - centroidHz;
    sum += magnitude[bin]! * distance * distance;
  }
  return Math.sqrt(sum / total);
}
