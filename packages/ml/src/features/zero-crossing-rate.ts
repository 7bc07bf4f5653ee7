import { frameCount, type SpectralParameters } from './parameters.js';

/** Samples this small count as +0. [librosa.zero_crossings, threshold=1e-10] */
const THRESHOLD = 1e-10;

/**
 * Sign changes within every frame of `nFft` samples, divided by `nFft`; beyond the ends the first and last sample repeat, which
 * crosses nothing. [librosa.feature.zero_crossing_rate]
 */
export function zeroCrossingRate(samples: Float64Array, parameters: SpectralParameters, out: Float64Array): void {
  const { nFft, hopLength, center } = parameters;
  const n = samples.length;
  const frames = frameCount(n, parameters);
  const lead = center ? nFft / 2 : 0;
  // Two cursors run over the recording once: crossings up to a frame's last sample minus crossings up to its first.
  const upToLast = cursor(samples);
  const upToFirst = cursor(samples);
  for (let frame = 0; frame < frames; frame++) {
    const first = frame * hopLength - lead;
    const crossings = upToLast(Math.min(first + nFft, n) - 1) - upToFirst(Math.max(first, 0));
    out[frame] = crossings / nFft;
  }
}

/** Counts the crossings at samples 1..index; each call's index is at least the last one's. */
function cursor(samples: Float64Array): (index: number) => number {
  let at = 0;
  let crossings = 0;
  let negative = samples.length > 0 && samples[0]! < -THRESHOLD;
  return (index) => {
    let count = crossings;
    let below = negative;
    for (let i = at + 1; i <= index; i++) {
      const now = samples[i]! < -THRESHOLD;
      if (now !== below) count++;
      below = now;
    }
    at = Math.max(at, index);
    crossings = count;
    negative = below;
    return count;
  };
}
