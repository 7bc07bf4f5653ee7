import { externalWeights, messageParts, text, withValues, type ExternalWeights } from './external-weights.js';
import { GRAPH, MAX_DEPTH, MODEL, OUTERMOST_TENSOR, TENSOR, type OnnxLevel } from './onnx-levels.js';
import { protobufFields } from './protobuf-reader.js';
import { protobufBytes, protobufField, type ProtobufPart } from './protobuf-writer.js';

/** What the runtime does not tell of a model's graph. */
export interface OnnxGraphFacts {
  readonly external: readonly ExternalWeights[];
  /** Whether some of them belong to nested graphs or constants. */
  readonly nested: boolean;
  /** Inputs and outputs whose type says nothing of their shape: not scalars, but of any rank. */
  readonly withoutShape: ReadonlySet<string>;
}

const INPUT = 11;
const OUTPUT = 12;

/** Walks through all graphs of an ONNX file, nested ones and functions too; throws an `Error` in words when it is damaged. */
export function readOnnxGraph(bytes: Uint8Array): OnnxGraphFacts {
  const external: ExternalWeights[] = [];
  const withoutShape = new Set<string>();
  let nested = false;
  const walk = (message: Uint8Array, level: OnnxLevel, depth: number): void => {
    if (level === TENSOR) {
      const found = externalWeights(message);
      if (!found) return;
      external.push(found);
      nested ||= depth > OUTERMOST_TENSOR;
      return;
    }
    if (depth > MAX_DEPTH) throw new Error(`it nests deeper than ${MAX_DEPTH} levels`);
    for (const { number, value } of protobufFields(message)) {
      if (!(value instanceof Uint8Array)) continue;
      const next = level[number]?.();
      if (next) walk(value, next, depth + 1);
      else if (level === GRAPH && depth === 1 && (number === INPUT || number === OUTPUT)) {
        const name = nameWithoutShape(value);
        if (name !== undefined) withoutShape.add(name);
      }
    }
  };
  walk(bytes, MODEL, 0);
  return { external, nested, withoutShape };
}

/**
 * The same model with the weights of nested graphs and constants in it: the runtime looks into other files for the outermost graph's
 * only. Those stay where they are, one copy less in its memory.
 */
export function withNestedWeights(bytes: Uint8Array, valuesOf: (weights: ExternalWeights) => Uint8Array): Uint8Array {
  const rewritten = (message: Uint8Array, level: OnnxLevel, depth: number): Uint8Array => {
    if (level === TENSOR) {
      const found = depth > OUTERMOST_TENSOR ? externalWeights(message) : undefined;
      return found ? withValues(message, valuesOf(found)) : message;
    }
    let changed = false;
    const fields: ProtobufPart[] = [];
    for (const { number, value, start, end } of protobufFields(message)) {
      const next = value instanceof Uint8Array ? level[number]?.() : undefined;
      const inner = next && rewritten(value as Uint8Array, next, depth + 1);
      if (!inner || inner === value) fields.push(message.subarray(start, end));
      else {
        changed = true;
        fields.push(...protobufField(number, inner));
      }
    }
    return changed ? protobufBytes(fields) : message;
  };
  return rewritten(bytes, MODEL, 0);
}

/** The name of a ValueInfoProto that is a tensor and has no shape. */
function nameWithoutShape(valueInfo: Uint8Array): string | undefined {
  const { 1: name, 2: type } = messageParts(valueInfo);
  const tensor = type && messageParts(type)[1];
  return name && tensor && !messageParts(tensor)[2] ? text(name) : undefined;
}
