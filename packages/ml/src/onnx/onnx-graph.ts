import { protobufFields } from './protobuf-reader.js';

/** Weights that lie in another file. [onnx.TensorProto.external_data] */
export interface ExternalWeights {
  readonly tensor: string;
  /** As written in the model. */
  readonly location: string;
  /** Bytes that the other file must have at least. */
  readonly end: number;
}

/** What the runtime does not tell of a model's graph. */
export interface OnnxGraphFacts {
  readonly external: readonly ExternalWeights[];
  /** Inputs and outputs whose type says nothing of their shape: not scalars, but of any rank. */
  readonly withoutShape: ReadonlySet<string>;
}

/** Which fields of a message lead to tensors, and through which message. [onnx.proto3] */
interface Level {
  readonly [field: number]: () => Level;
}
const TENSOR: Level = {};
const MODEL: Level = { 7: () => GRAPH, 25: () => FUNCTION };
const GRAPH: Level = { 1: () => NODE, 5: () => TENSOR, 15: () => SPARSE };
const FUNCTION: Level = { 7: () => NODE, 11: () => ATTRIBUTE };
const NODE: Level = { 5: () => ATTRIBUTE };
const ATTRIBUTE: Level = {
  5: () => TENSOR,
  6: () => GRAPH,
  10: () => TENSOR,
  11: () => GRAPH,
  22: () => SPARSE,
  23: () => SPARSE,
};
const SPARSE: Level = { 1: () => TENSOR, 2: () => TENSOR };

/** Protobuf readers go no deeper. */
const MAX_DEPTH = 100;

/** Walks through all graphs of an ONNX file, nested ones and functions too; throws an `Error` in words when it is damaged. */
export function readOnnxGraph(bytes: Uint8Array): OnnxGraphFacts {
  const external: ExternalWeights[] = [];
  const withoutShape = new Set<string>();
  const walk = (message: Uint8Array, level: Level, depth: number): void => {
    if (level === TENSOR) {
      const found = externalWeights(message);
      if (found) external.push(found);
      return;
    }
    if (depth > MAX_DEPTH) throw new Error(`it nests deeper than ${MAX_DEPTH} levels`);
    for (const { number, value } of protobufFields(message)) {
      if (typeof value === 'number') continue;
      const next = level[number]?.();
      if (next) walk(value, next, depth + 1);
      else if (level === GRAPH && depth === 1 && (number === 11 || number === 12)) {
        const name = nameWithoutShape(value);
        if (name !== undefined) withoutShape.add(name);
      }
    }
  };
  walk(bytes, MODEL, 0);
  return { external, withoutShape };
}

const NAME = 8;
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
const EXTERNAL = 1;

function externalWeights(tensor: Uint8Array): ExternalWeights | undefined {
  const entries = new Map<string, string>();
  let name = '';
  let isExternal = false;
  for (const { number, value } of protobufFields(tensor)) {
    if (number === DATA_LOCATION) isExternal = value === EXTERNAL;
    else if (typeof value === 'number') continue;
    else if (number === NAME) name = text(value);
    else if (number === EXTERNAL_DATA) {
      const { 1: key, 2: content } = parts(value);
      if (key && content) entries.set(text(key), text(content));
    }
  }
  if (!isExternal) return undefined;
  const location = entries.get('location');
  if (location === undefined) throw new Error(`the weights of ${name} lie in another file, but it does not say which`);
  const bytesOf = (key: string): number => {
    const written = entries.get(key) ?? '0';
    if (/^\d+$/.test(written)) return Number(written);
    throw new Error(`the weights of ${name} have the ${key} ${JSON.stringify(written)}, expected a number of bytes`);
  };
  return { tensor: name, location, end: bytesOf('offset') + bytesOf('length') };
}

/** The name of a ValueInfoProto that is a tensor and has no shape. */
function nameWithoutShape(valueInfo: Uint8Array): string | undefined {
  const { 1: name, 2: type } = parts(valueInfo);
  const tensor = type && parts(type)[1];
  return name && tensor && !parts(tensor)[2] ? text(name) : undefined;
}

/** The length-delimited fields of a small message. */
function parts(message: Uint8Array): Readonly<Record<number, Uint8Array>> {
  const found: Record<number, Uint8Array> = {};
  for (const { number, value } of protobufFields(message)) if (typeof value !== 'number') found[number] = value;
  return found;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
