import type { LocatedManifest } from '../onnx/manifest-file.js';
import type { ModelFile } from '../onnx/model-file.js';

/** A model that was checked once: what a further worker needs to run the same, whatever became of the file since. */
export interface KeptModel {
  /** Its bytes lie in shared memory: no worker has a copy of its own. */
  readonly file: ModelFile;
  readonly located: LocatedManifest;
  /** SHA-256 over the file, the files of its weights and the manifest: another one for whatever answers otherwise, or claims to. */
  readonly identity: string;
}

/** What a worker is started with: a file to read, or what another worker has read. */
export type ModelWorkerData = { readonly path: string } | KeptModel;

/** Rows to run together. */
export interface ModelTask {
  readonly rows: number;
  /** Row by row, in the order of the manifest's columns. */
  readonly features: Float32Array;
}

/** First `ready` or `refused`, then one answer for each task, in order. */
export type ModelAnswer =
  | (KeptModel & { readonly kind: 'ready'; readonly maxRows: number; readonly maxFeature: number })
  | { readonly kind: 'refused'; readonly error: string }
  /** Row by row, in the order of the outputs' names. */
  | {
      readonly kind: 'predicted';
      readonly outputs: Float32Array;
      readonly inferenceMs: number;
      /** Of rows that failed, by their number. */
      readonly errors: ReadonlyMap<number, string>;
    };

export type ModelReady = Extract<ModelAnswer, { kind: 'ready' }>;
export type TaskAnswer = Extract<ModelAnswer, { kind: 'predicted' }>;
