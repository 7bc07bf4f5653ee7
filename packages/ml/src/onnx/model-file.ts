import { LouverError } from '@louver/core';
import { readExternalData, valuesIn, type ExternalFiles } from './external-data.js';
import type { ExternalWeights } from './external-weights.js';
import { otherKind } from './file-kind.js';
import { sha256, withoutMetadata } from './model-hash.js';
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
  /** SHA-256 of the file in hex, as `sha256sum` prints it. */
  readonly sha256: string;
  /** SHA-256 of the file's fields but for its `metadata_props`, which may hold it. */
  readonly sha256WithoutMetadata: string;
  readonly metadata: OnnxMetadata;
  /** Inputs and outputs of any rank. */
  readonly withoutShape: ReadonlySet<string>;
  /** The files that its weights lie in besides. */
  readonly external: ExternalFiles;
}

/** Reads an ONNX file and the files that its weights lie in; throws `E_MODEL` with the file's name and what is wrong. */
export async function readModelFile(path: string): Promise<ModelFile> {
  return modelFileOf(path, await readModelBytes(path));
}

/** Reads a file that may be a model; throws `E_MODEL`. */
export async function readModelBytes(path: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readBounded(path, 0);
  } catch (error) {
    throw modelError(path, `${inWords(error)}, expected an ONNX model`, error);
  }
  if (bytes.length === 0)
    throw modelError(path, 'the file is empty, expected an ONNX model: copy it again, or export it again');
  return bytes;
}

/** Reads what a file says and the files that its weights lie in; throws `E_MODEL`. */
export async function modelFileOf(path: string, bytes: Uint8Array): Promise<ModelFile> {
  const kind = otherKind(bytes);
  if (kind !== undefined) throw modelError(path, `it is ${kind}`);
  let metadata: OnnxMetadata;
  let graph: ReturnType<typeof readOnnxGraph>;
  try {
    metadata = readOnnxMetadata(bytes);
    graph = readOnnxGraph(bytes);
  } catch (error) {
    throw modelError(
      path,
      `cannot be read as an ONNX model: ${inWords(error)}: copy it again, or export it again`,
      error,
    );
  }
  const hash = sha256(bytes);
  const sha256WithoutMetadata = metadata.properties.size > 0 ? sha256(...withoutMetadata(bytes)) : hash;
  try {
    const external = await readExternalData(path, graph.external, bytes.length);
    if (graph.nested) bytes = withNestedWeights(bytes, nestedValues(external, bytes.length));
    const { withoutShape } = graph;
    return { path, bytes, sha256: hash, sha256WithoutMetadata, metadata, withoutShape, external };
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
