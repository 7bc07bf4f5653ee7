/** Which fields of a message lead to tensors, and through which message. [onnx.proto3] */
export interface OnnxLevel {
  readonly [field: number]: () => OnnxLevel;
}

export const TENSOR: OnnxLevel = {};
export const MODEL: OnnxLevel = { 7: () => GRAPH, 25: () => FUNCTION };
export const GRAPH: OnnxLevel = { 1: () => NODE, 5: () => TENSOR, 15: () => SPARSE };
const FUNCTION: OnnxLevel = { 7: () => NODE, 11: () => ATTRIBUTE };
const NODE: OnnxLevel = { 5: () => ATTRIBUTE };
const ATTRIBUTE: OnnxLevel = {
  5: () => TENSOR,
  6: () => GRAPH,
  10: () => TENSOR,
  11: () => GRAPH,
  22: () => SPARSE,
  23: () => SPARSE,
};
const SPARSE: OnnxLevel = { 1: () => TENSOR, 2: () => TENSOR };

/** Depth of the outermost graph's own tensors: the model, its graph, a tensor. */
export const OUTERMOST_TENSOR = 2;
/** Protobuf readers go no deeper. */
export const MAX_DEPTH = 100;
