/**
 * Frequency in Hz of the lowest bin at which the cumulative magnitude of one frame reaches `rollPercent` of its total; 0 for a silent
 * frame. [librosa.feature.spectral_rolloff]
 */
export function spectralRolloff(magnitude: Float64Array, rollPercent: number, binHz: number): number {
  let total = 0;
  for (let bin = 0; bin < magnitude.length; bin++) total += magnitude[bin]!;
  const threshold = rollPercent * total;
  // The same order of additions as numpy's cumsum: a tie falls on the same side.
  let sum = 0;
  for (let bin = 0; bin < magnitude.length; bin++) {
    sum += magnitude[bin]!;
    if (sum >= threshold) return bin * binHz;
  }
  return (magnitude.length - 1) * binHz;
}
