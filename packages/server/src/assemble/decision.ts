import { clampPolicy, localEngine, LouverError, type FeatureExtractor, type InferenceEngine } from '@louver/core';
import { isFolder, librosaFeatures, onnxPredictor, shippedModelPath } from '@louver/ml';
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

/**
 * Features, model and policy in this process; `undefined` when the configuration wants no model. Rejects with `E_CONFIG` when it gives a version
 * to the models of a folder: after a restart it would be another file's.
 */
export async function decisionOf(config: ServerConfig): Promise<Decision | undefined> {
  const { model, policy } = config;
  if (model.path === 'none') return undefined;
  const path = model.path === 'shipped' ? shippedModelPath() : model.path;
  const ofFolder = await isFolder(path);
  const { version: modelVersion, watch = ofFolder, workers, timeoutMs, rollBack } = model;
  if (ofFolder && modelVersion !== undefined) {
    const found = `model.version names one file, model.path (${path}) is a folder`;
    throw new LouverError('E_CONFIG', `${found}: remove the key, models of a folder bring their own versions`);
  }
  const predictor = onnxPredictor(path, { modelVersion, watch, workers, timeoutMs, rollBack });
  const engine = localEngine({
    features: featuresOf(config),
    predictor,
    policy: clampPolicy(policy),
    commandTtlMs: policy.commandTtlMs,
  });
  return { engine, served: { predictor, ...(ofFolder && { folder: path }) } };
}
