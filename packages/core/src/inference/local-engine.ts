import type { ActuationPolicy, PolicyContext } from '../actuation-policy.js';
import type { WindowCommand } from '../command.js';
import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { FeatureExtractor } from '../feature-extractor.js';
import { idOf } from '../id-of.js';
import type { InferenceEngine, InferenceRequest, InferenceSituation } from '../inference-engine.js';
import type { ModelColumn, ModelContract, Predictor } from '../predictor.js';
import { clampPolicy } from '../policies/clamp.js';
import { cachedFeatures } from './feature-cache.js';
import { heldResult, resultOf } from './inference-result.js';
import { modelInput, type ModelInput } from './model-input.js';

export interface LocalEngineOptions {
  readonly predictor: Predictor;
  /** Absent: the model sees scalars only. */
  readonly features?: FeatureExtractor;
  /** Default `clampPolicy()`. */
  readonly policy?: ActuationPolicy;
  /** Quantities that devices are expected to send. Default temperature and humidity. A model column must be one of these or an audio column. */
  readonly scalars?: readonly string[];
  /** How long a command is valid (the `expires_at` of P-23). Default 5 minutes. */
  readonly commandTtlMs?: number;
}

/** The audio columns of a request, in the extractor's order. */
interface Heard {
  readonly values: Float64Array;
  readonly sha256: string;
}

/**
 * Features, model and policy in this process.
 * `open` rejects with `E_MODEL` when the model does not load, wants columns that nobody provides, or was trained on other features.
 */
export function localEngine(options: LocalEngineOptions): InferenceEngine {
  const { predictor, policy = clampPolicy(), scalars = ['temperature', 'humidity'], commandTtlMs = 300_000 } = options;
  const features = options.features && cachedFeatures(options.features);
  let context: Context;
  let fed: { readonly columns: readonly ModelColumn[]; readonly input: ModelInput } | undefined;

  /** Where the vector of the model that serves now comes from; a model that takes over has other `columns`. */
  function inputOf(): ModelInput {
    const { columns } = predictor;
    if (fed?.columns !== columns) fed = { columns, input: inputFor(predictor) };
    return fed.input;
  }

  /** Throws `E_MODEL` for a model that cannot be fed. */
  function inputFor(model: ModelContract): ModelInput {
    const input = modelInput(model.columns, scalars, features);
    checkRecipe(model, features, input);
    return input;
  }

  async function hear({ recording, knownAudio, requestId }: InferenceRequest): Promise<Heard | undefined> {
    if (features === undefined || inputOf().audioGroups.length === 0) return undefined;
    if (recording === undefined) {
      // Stored by an extractor with other parameters, it would be another sound.
      if (knownAudio?.recipe !== features.recipe) return undefined;
      const values = Float64Array.from(features.names, (name) => knownAudio.values[name] ?? NaN);
      return { values, sha256: knownAudio.sha256 };
    }
    try {
      return { values: (await features.extract(recording)).values, sha256: recording.sha256 };
    } catch (error) {
      // The window still has a temperature to go by; the row of the recording carries the error.
      context.logger.warn('features missing', { requestId, error: String(error) });
      return undefined;
    }
  }

  return {
    name: 'local-engine',
    ...(features && { features }),
    async open(opened) {
      context = opened;
      await features?.open(opened);
      try {
        predictor.acceptOnly?.(inputFor);
        await predictor.open(opened);
        inputOf();
      } catch (error) {
        await Promise.all([predictor.close(), features?.close()]);
        throw error;
      }
    },
    async close() {
      await Promise.all([predictor.close(), features?.close()]);
    },
    health() {
      const model = predictor.health?.() ?? { ok: true };
      return model.ok ? (features?.health?.() ?? model) : model;
    },
    async check(signal) {
      await Promise.all([predictor.check?.(signal), features?.check?.(signal)]);
    },
    async infer(request, situation, signal) {
      const heard = await hear(request);
      // Nothing else runs between here and `predict`: the vector is for the model that it asks.
      const input = inputOf();
      const vector = new Float32Array(predictor.columns.length);
      const missing = input.fill(vector, request, heard?.values);
      if (missing !== undefined) return heldResult(request, predictor.modelVersion, `missing-column:${missing}`);
      const prediction = await predictor.predict(vector, signal, request.deviceId);
      const nowMs = context.clock.now();
      const decision = policy.decide(prediction, policyContext(request, situation, nowMs));
      const result = resultOf(request, prediction);
      if ('hold' in decision) return { ...result, reason: decision.hold };
      const command: WindowCommand = {
        kind: 'window',
        deviceId: request.deviceId,
        // A repeated request or a crash makes the same id (P-23).
        commandId: idOf(request.requestId, prediction.modelVersion),
        requestId: request.requestId,
        timestampMs: nowMs,
        expiresAtMs: nowMs + commandTtlMs,
        source: 'model',
        position: decision.position,
        confidence: prediction.confidence,
        featuresUsed: {
          temperature: request.scalars['temperature'] ?? NaN,
          humidity: request.scalars['humidity'] ?? NaN,
          audioFeatures: heard === undefined ? [] : input.audioGroups,
        },
        modelVersion: prediction.modelVersion,
        inferenceMs: prediction.inferenceMs,
        ...(heard && { audioSha256: heard.sha256 }),
      };
      return { ...result, command, ...(decision.reason !== undefined && { reason: decision.reason }) };
    },
  };
}

function policyContext(request: InferenceRequest, situation: InferenceSituation, nowMs: number): PolicyContext {
  return { request, nowMs, ...situation };
}

function checkRecipe(model: ModelContract, features: FeatureExtractor | undefined, input: ModelInput): void {
  if (input.audioGroups.length === 0 || model.recipe === undefined || features === undefined) return;
  if (model.recipe === features.recipe || features.covers?.(model.recipe)) return;
  throw new LouverError(
    'E_MODEL',
    `model ${model.modelVersion} was trained on audio features of recipe ${model.recipe}, the pipeline computes recipe ` +
      `${features.recipe}: give the extractor the model's parameters (in a server: audio.preparation and ` +
      `audio.parameters), or use a model that was trained on these`,
  );
}
