import { FrameAnalysis } from './frame-analysis.js';
import type { SpectralParameters } from './parameters.js';

/** Plans kept: recordings choose the sample rate, so their number must be bounded. */
const MAX_PLANS = 8;

const plans = new Map<string, FrameAnalysis>();

/** The plan for these parameters at this rate, made once; the least recently used of more than eight is dropped. */
export function frameAnalysis(parameters: SpectralParameters, sampleRateHz: number): FrameAnalysis {
  const key = `${sampleRateHz} ${JSON.stringify(parameters)}`;
  const known = plans.get(key);
  const plan = known ?? new FrameAnalysis(parameters, sampleRateHz);
  plans.delete(key);
  plans.set(key, plan);
  if (plans.size > MAX_PLANS) plans.delete(plans.keys().next().value!);
  return plan;
}
