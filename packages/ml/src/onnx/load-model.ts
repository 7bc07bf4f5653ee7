import { fileURLToPath } from 'node:url';
import { LouverError } from '@louver/core';
import {
  openOnnxModel,
  type LoadModelOptions,
  type OnnxInputs,
  type OnnxModel,
  type OnnxOutputs,
} from './onnx-model.js';

/** A model on its way: await it to keep it, or `run` it at once. */
export type LoadingModel = Promise<OnnxModel> & {
  /** Waits for the model and runs it; rejects with the load's error or the run's. */
  run(inputs: OnnxInputs): Promise<OnnxOutputs>;
};

/**
 * Loads any ONNX model to run it in WebAssembly: sequences, images, labels, several inputs and outputs, float16, quantised. `path` is
 * the file; weights that lie in other files are read from its folder. Rejects with `E_MODEL` and words when the file is missing, damaged,
 * over 1 GiB with its weights, newer than the runtime, or of a kind that it cannot run. A model can be as hostile as any program: load
 * only what you trust, it may compute for ever.
 */
export function loadModel(path: string | URL, options: LoadModelOptions = {}): LoadingModel {
  const loading = opened(path, options);
  // Who only uses `run` has that promise to handle, which fails alike; and may call it after the load has failed.
  loading.catch(() => undefined);
  return Object.assign(loading, {
    run: async (inputs: OnnxInputs): Promise<OnnxOutputs> => (await loading).run(inputs),
  });
}

async function opened(path: string | URL, options: LoadModelOptions): Promise<OnnxModel> {
  if (path instanceof URL && path.protocol === 'file:') return openOnnxModel(fileURLToPath(path), options);
  if (typeof path === 'string' && path !== '') return openOnnxModel(path, options);
  throw new LouverError('E_CONFIG', `loadModel: path is ${String(path)}, expected the path of an ONNX file`);
}
