import { stat } from 'node:fs/promises';
import { clampPolicy, localEngine, type FeatureExtractor, type InferenceEngine } from '@louver/core';
import { librosaFeatures, onnxPredictor, shippedModelPath } from '@louver/ml';
import type { ServerConfig } from '../config/server-config.js';
import { expectingRate } from './expected-rate.js';
import type { ServedModel } from './served-model.js';

/** The engine of this process, and its model. */
export interface Decision {
  readonly engine: InferenceEngine;
  readonly served: ServedModel;
}

export function featuresOf({ audio }: Pick<ServerConfig, 'audio'>): FeatureExtractor {
  const { sampleRateHz, ...recipe } = audio;
  const extractor = librosaFeatures(recipe);
  return sampleRateHz === undefined ? extractor : expectingRate(extractor, sampleRateHz);
}

/** Features, model and policy in this process; `undefined` when the configuration wants no model. */
export async function decisionOf(config: ServerConfig): Promise<Decision | undefined> {
  const { model, policy } = config;
  if (model.path === 'none') return undefined;
  const path = model.path === 'shipped' ? shippedModelPath() : model.path;
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const { version: modelVersion, watch = isFolder, workers, timeoutMs, rollBack } = model;
  const predictor = onnxPredictor(path, { modelVersion, watch, workers, timeoutMs, rollBack });
  const engine = localEngine({
    features: featuresOf(config),
    predictor,
    policy: clampPolicy(policy),
    commandTtlMs: policy.commandTtlMs,
  });
  return { engine, served: { predictor, ...(isFolder && { folder: path }) } };
}
