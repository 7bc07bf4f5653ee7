import type { ActuationPolicy } from '../actuation-policy.js';

export interface ClampOptions {
  /** Least percent open. Default 0. */
  readonly minPosition?: number;
  /** Most percent open. Default 100. */
  readonly maxPosition?: number;
  /** Below it the actuator is left alone, 0..1. Default 0. A prediction without confidence passes. */
  readonly minConfidence?: number;
}

/** Keeps the position in its range, to a hundredth of a percent, and holds when the model is not sure enough or its answer is not a number. */
export function clampPolicy({
  minPosition = 0,
  maxPosition = 100,
  minConfidence = 0,
}: ClampOptions = {}): ActuationPolicy {
  return {
    decide(prediction) {
      if (!Number.isFinite(prediction.value)) return { hold: 'prediction-not-finite' };
      if (prediction.confidence < minConfidence) return { hold: 'confidence-too-low' };
      const position = Math.min(maxPosition, Math.max(minPosition, prediction.value));
      return { position: Math.round(position * 100) / 100 };
    },
  };
}
