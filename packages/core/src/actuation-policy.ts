import type { WindowCommand } from './command.js';
import type { EpochMs } from './event.js';
import type { InferenceRequest } from './inference-engine.js';
import type { Prediction } from './predictor.js';

export interface PolicyContext {
  readonly request: InferenceRequest;
  readonly lastCommand?: WindowCommand;
  /** Percent open as the device reports it (P-33). */
  readonly reportedPosition?: number;
  readonly nowMs: EpochMs;
}

/**
 * Move to `position` (percent open, 0..100), or leave the actuator alone because of `hold`. `reason`: why it is not the model's position.
 */
export type Decision = { readonly position: number; readonly reason?: string } | { readonly hold: string };

/** Between a prediction and the actuator: clamp, slew, dwell, hysteresis, confidence floor, guards. A function of its arguments alone. */
export interface ActuationPolicy {
  decide(prediction: Prediction, context: PolicyContext): Decision;
}
