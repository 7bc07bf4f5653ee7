import type { InferenceRequest, InferenceResult } from '../inference-engine.js';
import type { Prediction } from '../predictor.js';

/** The answer to a request, as yet without a command. */
export function resultOf(request: InferenceRequest, prediction: Prediction): InferenceResult {
  const { requestId, deviceId, timestampMs } = request;
  return { kind: 'inference-result', requestId, deviceId, timestampMs, ...prediction };
}

/** The answer when nothing was predicted: everything unknown, and why. @param modelVersion `''` when no model was reached */
export function heldResult(request: InferenceRequest, modelVersion: string, reason: string): InferenceResult {
  const unknown = { value: NaN, confidence: NaN, inferenceMs: NaN, modelVersion, outputs: {} };
  return { ...resultOf(request, unknown), reason };
}
