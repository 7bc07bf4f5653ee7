/** Mean frequency of one frame in Hz, weighted by magnitude; 0 for a silent frame. [librosa.feature.spectral_centroid] */
export function spectralCentroid(magnitude: Float64Array, binHz: number): number {
  let total = 0;
  let weighted = 0;
  for (let bin = 0; bin < magnitude.length; bin++) {
    const value = magnitude[bin]!;
    total += value;
    weighted += bin * value;
  }
  return total > 0 ? (weighted / total) * binHz : 0;
}
