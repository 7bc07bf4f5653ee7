import { basename } from 'node:path';
import { clampPolicy, localEngine, type FeatureExtractor, type InferenceEngine } from '@louver/core';
import { librosaFeatures, onnxPredictor, shippedModelPath } from '@louver/ml';
import type { ServerConfig } from '../config/server-config.js';
import { expectingRate } from './expected-rate.js';

/** The engine of this process, and what to call its model. */
export interface Decision {
  readonly engine: InferenceEngine;
  /** Name and version, known once the engine is open. */
  readonly model: () => string;
}

export function featuresOf({ audio }: Pick<ServerConfig, 'audio'>): FeatureExtractor {
  const { sampleRateHz, ...recipe } = audio;
  const extractor = librosaFeatures(recipe);
  return sampleRateHz === undefined ? extractor : expectingRate(extractor, sampleRateHz);
}

/** Features, model and policy in this process; `undefined` when the configuration wants no model. */
export function decisionOf(config: ServerConfig): Decision | undefined {
  const { model, policy } = config;
  if (model.path === 'none') return undefined;
  const path = model.path === 'shipped' ? shippedModelPath() : model.path;
  const predictor = onnxPredictor(path, model.version === undefined ? {} : { modelVersion: model.version });
  const engine = localEngine({
    features: featuresOf(config),
    predictor,
    policy: clampPolicy(policy),
    commandTtlMs: policy.commandTtlMs,
  });
  return { engine, model: () => `${basename(path, '.onnx')} ${predictor.modelVersion}` };
}
