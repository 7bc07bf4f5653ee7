import type { ActuationPolicy } from '../actuation-policy.js';
import { LouverError } from '../errors.js';
import type { Prediction } from '../predictor.js';

export interface ClampOptions {
  /** Least percent open. Default 0. */
  readonly minPosition?: number;
  /** Most percent open. Default 100. */
  readonly maxPosition?: number;
  /** Below it the model is not followed, 0..1. Default 0. A prediction without confidence passes. */
  readonly minConfidence?: number;
  /** Where to go below `minConfidence`, percent open; kept in the range like any other. Absent: the actuator is left alone. */
  readonly safePosition?: number | undefined;
}

/** Columns that a reason names: a model may have thousands. */
const MAX_NAMED = 3;

/**
 * Keeps the position in its range, to a hundredth of a percent. When the model is not sure enough it holds, or goes to the safe position, with
 * the reason `confidence-too-low`, or `confidence-too-low:out-of-range:temperature,…` when inputs lay outside what the model was trained on.
 * An answer that is not a number always holds.
 * @throws LouverError `E_CONFIG` that names every impossible value at once.
 */
export function clampPolicy(options: ClampOptions = {}): ActuationPolicy {
  const { minPosition = 0, maxPosition = 100, minConfidence = 0, safePosition } = options;
  check({ minPosition, maxPosition, minConfidence, safePosition });
  const clamped = (position: number): number =>
    Math.round(Math.min(maxPosition, Math.max(minPosition, position)) * 100) / 100;
  return {
    decide(prediction) {
      if (!Number.isFinite(prediction.value)) return { hold: 'prediction-not-finite' };
      if (!(prediction.confidence < minConfidence)) return { position: clamped(prediction.value) };
      const reason = unsureBecause(prediction);
      return safePosition === undefined ? { hold: reason } : { position: clamped(safePosition), reason };
    },
  };
}

function unsureBecause({ outOfRange }: Prediction): string {
  if (outOfRange === undefined || outOfRange.length === 0) return 'confidence-too-low';
  const named = outOfRange.slice(0, MAX_NAMED);
  const others = outOfRange.length - named.length;
  return `confidence-too-low:out-of-range:${named.join(',')}${others > 0 ? `,+${others}` : ''}`;
}

function check(options: Required<ClampOptions>): void {
  const { minPosition, maxPosition, minConfidence, safePosition } = options;
  const problems: string[] = [];
  const within = (name: string, value: number, most: number, unit: string): void => {
    if (!(value >= 0 && value <= most))
      problems.push(`${name} is ${value}, expected a number from 0 to ${most}${unit}`);
  };
  within('minPosition', minPosition, 100, ' (percent open)');
  within('maxPosition', maxPosition, 100, ' (percent open)');
  within('minConfidence', minConfidence, 1, '');
  if (safePosition !== undefined) within('safePosition', safePosition, 100, ' (percent open)');
  if (minPosition > maxPosition) {
    problems.push(`minPosition is ${minPosition}, expected at most maxPosition (${maxPosition})`);
  }
  if (problems.length > 0) throw new LouverError('E_CONFIG', `clampPolicy: ${problems.join('; ')}`);
}
