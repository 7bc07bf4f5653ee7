import { frameCount, type SpectralParameters } from './parameters.js';

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

/**
 * Root mean square of every frame of `nFft` samples, zeros beyond the ends, no window. [librosa.feature.rms; there in float32]
 *
 * Squares are summed once per block that all frames share, since frames overlap fourfold. Differences of one running sum would cost
 * nothing more but lose a quiet frame behind a loud one.
 */
export function rms(samples: Float64Array, parameters: SpectralParameters, out: Float64Array): void {
  const { nFft, hopLength, center } = parameters;
  const frames = frameCount(samples.length, parameters);
  const lead = center ? nFft / 2 : 0;
  const block = greatestCommonDivisor(greatestCommonDivisor(nFft, hopLength), lead);
  const blocks = Math.ceil(samples.length / block);
  const energy = energies(samples, block, blocks);
  const perFrame = nFft / block;
  for (let frame = 0; frame < frames; frame++) {
    const first = (frame * hopLength - lead) / block;
    const last = Math.min(first + perFrame, blocks);
    let sum = 0;
    for (let i = Math.max(first, 0); i < last; i++) sum += energy[i]!;
    out[frame] = Math.sqrt(sum / nFft);
  }
}

function energies(samples: Float64Array, block: number, blocks: number): Float64Array {
  const energy = new Float64Array(blocks);
  for (let i = 0, at = 0; i < blocks; i++) {
    const end = Math.min(at + block, samples.length);
    let sum = 0;
    for (; at < end; at++) sum += samples[at]! * samples[at]!;
    energy[i] = sum;
  }
  return energy;
}
