import { createHash } from 'node:crypto';
import { LouverError } from '@louver/core';
import { readExternalData, valuesIn, type ExternalFiles } from './external-data.js';
import type { ExternalWeights } from './external-weights.js';
import { otherKind } from './file-kind.js';
import { inWords, MAX_MODEL_BYTES, readBounded } from './read-bounded.js';
import { readOnnxGraph, withNestedWeights } from './onnx-graph.js';
import { readOnnxMetadata, type OnnxMetadata } from './onnx-metadata.js';

/** Every refusal of a model: which file, what is wrong with it. */
export function modelError(path: string, message: string, cause?: unknown): LouverError {
  return new LouverError('E_MODEL', `${path}: ${message}`, { cause });
}

/** An ONNX file as read, with what the runtime does not tell of it. */
export interface ModelFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Of the file as it lies on the disk, 64 hex digits. */
  readonly sha256: string;
  readonly metadata: OnnxMetadata;
  /** Inputs and outputs of any rank. */
  readonly withoutShape: ReadonlySet<string>;
  /** The files that its weights lie in besides. */
  readonly external: ExternalFiles;
}

/** Reads an ONNX file and the files that its weights lie in; throws `E_MODEL` with the file's name and what is wrong. */
export async function readModelFile(path: string): Promise<ModelFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readBounded(path, 0);
  } catch (error) {
    throw modelError(path, `${inWords(error)}, expected an ONNX model`, error);
  }
  if (bytes.length === 0) throw modelError(path, 'the file is empty, expected an ONNX model');
  const kind = otherKind(bytes);
  if (kind !== undefined) throw modelError(path, `it is ${kind}`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  let metadata: OnnxMetadata;
  let graph: ReturnType<typeof readOnnxGraph>;
  try {
    metadata = readOnnxMetadata(bytes);
    graph = readOnnxGraph(bytes);
  } catch (error) {
    throw modelError(path, `cannot be read as an ONNX model: ${inWords(error)}`, error);
  }
  try {
    const external = await readExternalData(path, graph.external, bytes.length);
    if (graph.nested) bytes = withNestedWeights(bytes, nestedValues(external, bytes.length));
    return { path, bytes, sha256, metadata, withoutShape: graph.withoutShape, external };
  } catch (error) {
    throw modelError(path, inWords(error), error);
  }
}

/** Gives the bytes of nested weights one by one, up to the limit: several tensors may name the same bytes. */
function nestedValues(files: ExternalFiles, modelBytes: number): (weights: ExternalWeights) => Uint8Array {
  let bytes = modelBytes;
  return (weights) => {
    const values = valuesIn(files, weights);
    bytes += values.length;
    if (bytes > MAX_MODEL_BYTES)
      throw new Error(`its nested graphs have more than ${MAX_MODEL_BYTES} bytes of weights`);
    return values;
  };
}
