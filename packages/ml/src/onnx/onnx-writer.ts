import { protobufBytes, protobufField, type ProtobufPart } from './protobuf-writer.js';

/** A constant of the graph: float32, row-major. */
export interface OnnxConstant {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

export interface OnnxNode {
  /** Operator of the standard domain, with its default attributes. */
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
}

export interface OnnxGraph {
  readonly name: string;
  /** Float32 `[batch, width]` with any number of rows. */
  readonly input: { readonly name: string; readonly width: number };
  readonly outputs: readonly { readonly name: string; readonly width: number }[];
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
}

/** Opset 13 with IR 7: readable by every runtime since 2021, and enough for an MLP. */
const OPSET = 13;
const IR_VERSION = 7;
const FLOAT = 1;

/** Writes a graph without attributes and control flow as an ONNX file; the same graph gives the same bytes. [onnx.ModelProto] */
export function writeOnnx(graph: OnnxGraph): Uint8Array {
  const tensorType = (width: number): ProtobufPart[] => [
    ...protobufField(1, FLOAT),
    ...protobufField(2, [
      ...protobufField(1, [...protobufField(2, 'batch')]),
      ...protobufField(1, [...protobufField(1, width)]),
    ]),
  ];
  const value = (name: string, width: number): ProtobufPart[] => [
    ...protobufField(1, name),
    ...protobufField(2, [...protobufField(1, tensorType(width))]),
  ];
  const body: ProtobufPart[] = [
    ...graph.nodes.flatMap(({ operator, inputs, output }) =>
      protobufField(1, [
        ...inputs.flatMap((name) => protobufField(1, name)),
        ...protobufField(2, output),
        ...protobufField(3, output),
        ...protobufField(4, operator),
      ]),
    ),
    ...protobufField(2, graph.name),
    ...graph.constants.flatMap(({ name, dims, data }) =>
      protobufField(5, [
        ...dims.flatMap((dim) => protobufField(1, dim)),
        ...protobufField(2, FLOAT),
        ...protobufField(8, name),
        ...protobufField(9, littleEndian(data)),
      ]),
    ),
    ...protobufField(11, value(graph.input.name, graph.input.width)),
    ...graph.outputs.flatMap(({ name, width }) => protobufField(12, value(name, width))),
  ];
  return protobufBytes([
    ...protobufField(1, IR_VERSION),
    ...protobufField(2, 'louver'),
    ...protobufField(7, body),
    ...protobufField(8, [...protobufField(2, OPSET)]),
  ]);
}

function littleEndian(data: Float32Array): Uint8Array {
  const bytes = new Uint8Array(data.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < data.length; i++) view.setFloat32(4 * i, data[i]!, true);
  return bytes;
}
