/** Sum of one frame's magnitudes, added in the order of numpy's cumsum: a tie of the roll-off then falls on the same side. */
export function totalMagnitude(magnitude: Float64Array): number {
  let total = 0;
  for (let bin = 0; bin < magnitude.length; bin++) total += magnitude[bin]!;
  return total;
}

/**
 * Frequency in Hz of the lowest bin at which the cumulative magnitude of one frame reaches `rollPercent` of its total; 0 for a silent
 * frame. [librosa.feature.spectral_rolloff]
 */
export function spectralRolloff(magnitude: Float64Array, total: number, rollPercent: number, binHz: number): number {
  const threshold = rollPercent * total;
  let sum = 0;
  for (let bin = 0; bin < magnitude.length; bin++) {
    sum += magnitude[bin]!;
    if (sum >= threshold) return bin * binHz;
  }
  return (magnitude.length - 1) * binHz;
}
