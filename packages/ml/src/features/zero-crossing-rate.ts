import { sharedBlocks } from './blocks.js';
import { frameCount, type SpectralParameters } from './parameters.js';

/** Samples this small count as +0. [librosa.zero_crossings, threshold=1e-10] */
const THRESHOLD = 1e-10;

/**
 * Sign changes within every frame of `nFft` samples, divided by `nFft`, into `out`; beyond the ends the first and last sample repeat,
 * which crosses nothing. [librosa.feature.zero_crossing_rate]
 */
export function zeroCrossingRate(samples: Float64Array, parameters: SpectralParameters, out: Float64Array): void {
  const blocks = sharedBlocks(parameters);
  const frames = frameCount(samples.length, parameters);
  const crossings = crossingsPerBlock(samples, blocks.length);
  for (let frame = 0; frame < frames; frame++) {
    const first = Math.max(frame * blocks.perHop - blocks.lead, 0);
    const end = Math.min(frame * blocks.perHop - blocks.lead + blocks.perFrame, crossings.length);
    let count = 0;
    for (let i = first; i < end; i++) count += crossings[i]!;
    // A crossing into the first sample of a frame is not within it.
    const start = first * blocks.length;
    if (start > 0 && start < samples.length) count -= sign(samples[start - 1]!) ^ sign(samples[start]!);
    out[frame] = count / parameters.nFft;
  }
}

const sign = (sample: number): number => (sample < -THRESHOLD ? 1 : 0);

/** Crossings into each sample of a block. Counted without a branch: in noise the processor guesses every other one wrong. */
function crossingsPerBlock(samples: Float64Array, length: number): Int32Array {
  const crossings = new Int32Array(Math.ceil(samples.length / length));
  let last = samples.length > 0 ? sign(samples[0]!) : 0;
  for (let i = 0, at = 0; i < crossings.length; i++) {
    const end = Math.min(at + length, samples.length);
    let count = 0;
    for (; at < end; at++) {
      const now = sign(samples[at]!);
      count += now ^ last;
      last = now;
    }
    crossings[i] = count;
  }
  return crossings;
}
