import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { defaultContext, type Context, type Metrics } from '@louver/core';
import { onnxPredictor, type OnnxPredictor, type OnnxPredictorOptions } from '../../src/index.js';

/** A temporary folder of models, the predictors on it, and what they have counted. */
export interface PredictorRig {
  readonly folder: string;
  /** Written whole, under its name in the folder. */
  write(name: string, bytes: Uint8Array | string): Promise<string>;
  open(path: string, options?: OnnxPredictorOptions, context?: Partial<Context>): Promise<OnnxPredictor>;
  /** Sum of a counter over its labels. */
  counted(name: string): number;
  observed(name: string): readonly number[];
  close(): Promise<void>;
}

export async function predictorRig(): Promise<PredictorRig> {
  const folder = await mkdtemp(join(tmpdir(), 'louver-predictor-'));
  const predictors: OnnxPredictor[] = [];
  const counts = new Map<string, number>();
  const observations = new Map<string, number[]>();
  const metrics: Metrics = {
    count: (name, _labels, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
    observe: (name, value) => void observations.set(name, [...(observations.get(name) ?? []), value]),
    gauge: () => undefined,
  };
  return {
    folder,
    async write(name, bytes) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
      return path;
    },
    async open(path, options, context = {}) {
      const predictor = onnxPredictor(path, options);
      predictors.push(predictor);
      await predictor.open(defaultContext({ metrics, ...context }));
      return predictor;
    },
    counted: (name) => counts.get(name) ?? 0,
    observed: (name) => observations.get(name) ?? [],
    async close() {
      await Promise.all(predictors.splice(0).map((predictor) => predictor.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A row of the models of `test-models.ts`: its sum is `sum`. */
export function rowOf(sum: number): Float32Array {
  return Float32Array.of(sum, 0, 0);
}
