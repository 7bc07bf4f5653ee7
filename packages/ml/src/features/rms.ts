import { sharedBlocks } from './blocks.js';
import { frameCount, type SpectralParameters } from './parameters.js';

/**
 * Root mean square of every frame of `nFft` samples, zeros beyond the ends, no window, into `out`. [librosa.feature.rms; there in
 * float32]
 *
 * Blocks are added up for each frame; differences of one running sum would cost less but lose a quiet frame behind a loud one.
 */
export function rms(samples: Float64Array, parameters: SpectralParameters, out: Float64Array): void {
  const blocks = sharedBlocks(parameters);
  const frames = frameCount(samples.length, parameters);
  const energy = energies(samples, blocks.length);
  for (let frame = 0; frame < frames; frame++) {
    const first = frame * blocks.perHop - blocks.lead;
    const end = Math.min(first + blocks.perFrame, energy.length);
    let sum = 0;
    for (let i = Math.max(first, 0); i < end; i++) sum += energy[i]!;
    out[frame] = Math.sqrt(sum / parameters.nFft);
  }
}

function energies(samples: Float64Array, length: number): Float64Array {
  const energy = new Float64Array(Math.ceil(samples.length / length));
  for (let i = 0, at = 0; i < energy.length; i++) {
    const end = Math.min(at + length, samples.length);
    let sum = 0;
    for (; at < end; at++) sum += samples[at]! * samples[at]!;
    energy[i] = sum;
  }
  return energy;
}
