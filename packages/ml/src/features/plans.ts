import { FrameAnalysis } from './frame-analysis.js';
import type { SpectralParameters } from './parameters.js';
import { recentlyUsed } from './recently-used.js';

/** Plans kept: recordings choose the sample rate, so their number must be bounded. */
const MAX_PLANS = 8;

const planOf = recentlyUsed<FrameAnalysis>(MAX_PLANS);

/** The plan for these parameters at this rate, made once; the least recently used of more than eight is dropped. */
export function frameAnalysis(parameters: SpectralParameters, sampleRateHz: number): FrameAnalysis {
  const key = `${sampleRateHz} ${JSON.stringify(parameters)}`;
  return planOf(key, () => new FrameAnalysis(parameters, sampleRateHz));
}
