import { checkSamples } from './check-samples.js';
import { rowsOf, type FrameFeature } from './frame-feature.js';
import { resolveParameters, type SpectralParameters } from './parameters.js';
import { frameAnalysis } from './plans.js';

/** One feature of every frame. */
export interface FrameMatrix {
  readonly shape: readonly [rows: number, frames: number];
  /** Row-major: `data[row * frames + frame]`. */
  readonly data: Float64Array;
}

/**
 * Computes features frame by frame as librosa 0.11.0 does with the same parameters: centroid, bandwidth and roll-off in Hz, rates per
 * sample, contrast and `mel_db` in decibels, `melspectrogram` as power, chroma 0 … 1 from C. `samples` is mono, -1 … 1. Throws `E_CONFIG` for impossible parameters and
 * `E_FEATURES` for a recording that has no frame. Blocks the thread about 1 ms per second of sound.
 */
export function frameFeatures<F extends FrameFeature>(
  samples: Float64Array,
  sampleRateHz: number,
  features: readonly F[],
  parameters?: Partial<SpectralParameters>,
): Record<F, FrameMatrix> {
  checkSamples(samples, sampleRateHz);
  const plan = frameAnalysis(resolveParameters(parameters), sampleRateHz);
  plan.run(samples, new Set(features), false);
  const matrices = {} as Record<F, FrameMatrix>;
  for (const feature of features) {
    const rows = rowsOf(feature, plan.parameters);
    matrices[feature] = {
      shape: [rows, plan.frames],
      data: plan.results.get(feature)!.slice(0, rows * plan.frames),
    };
  }
  return matrices;
}
