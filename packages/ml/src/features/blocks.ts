import type { SpectralParameters } from './parameters.js';

/**
 * The longest block of samples of which every frame is made up, so that what is summed per block is summed once although frames
 * overlap fourfold.
 */
export interface Blocks {
  /** Samples per block. */
  readonly length: number;
  readonly perFrame: number;
  readonly perHop: number;
  /** Blocks of a frame that lie before its middle sample; 0 when frames are not centred. */
  readonly lead: number;
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

export function sharedBlocks({ nFft, hopLength, center }: SpectralParameters): Blocks {
  const lead = center ? Math.floor(nFft / 2) : 0;
  const length = greatestCommonDivisor(greatestCommonDivisor(nFft, hopLength), lead);
  return { length, perFrame: nFft / length, perHop: hopLength / length, lead: lead / length };
}
