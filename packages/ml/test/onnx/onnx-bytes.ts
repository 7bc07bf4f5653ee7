import { protobufBytes, protobufField, type ProtobufPart } from '../../src/onnx/protobuf-writer.js';

const field = protobufField;

/** [onnx.TensorProto.DataType] */
export const ELEMENT = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

export type Element = keyof typeof ELEMENT;
/** A name is symbolic, `null` has neither number nor name. */
export type Shape = readonly (number | string | null)[];

/** A ValueInfoProto; without a shape it is of any rank. */
export function value(name: string, type: Element, shape?: Shape): ProtobufPart {
  const dims = shape?.flatMap((dim) => field(1, dim === null ? [] : field(typeof dim === 'number' ? 1 : 2, dim)));
  const tensor = [...field(1, ELEMENT[type]), ...(dims ? field(2, dims) : [])];
  return [...field(1, name), ...field(2, field(1, tensor))];
}

/** A ValueInfoProto of a sequence of float32 tensors. */
export function sequence(name: string): ProtobufPart {
  const tensor = field(1, [...field(1, ELEMENT.float32), ...field(2, [])]);
  return [...field(1, name), ...field(2, field(4, field(1, tensor)))];
}

/** A TensorProto with its values in it. */
export function tensor(name: string, type: Element, dims: readonly number[], raw: Uint8Array): ProtobufPart {
  return [...dims.flatMap((dim) => field(1, dim)), ...field(2, ELEMENT[type]), ...field(8, name), ...field(9, raw)];
}

/** A float32 TensorProto whose values lie in another file. */
export function external(
  name: string,
  dims: readonly number[],
  entries: Readonly<Record<string, string>>,
): ProtobufPart {
  const written = Object.entries(entries).flatMap(([key, text]) => field(13, [...field(1, key), ...field(2, text)]));
  return [...dims.flatMap((dim) => field(1, dim)), ...field(2, ELEMENT.float32), ...field(8, name), ...written, ...field(14, 1)]; // prettier-ignore
}

export interface TestNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Graphs by attribute name, as `If` has them. */
  readonly graphs?: Readonly<Record<string, TestGraph>>;
  /** Whole numbers by attribute name, as `Cast` has one, or lists of them, as `ReduceMean` has one. */
  readonly integers?: Readonly<Record<string, number | readonly number[]>>;
}

export interface TestGraph {
  readonly nodes: readonly TestNode[];
  readonly inputs?: readonly ProtobufPart[];
  readonly outputs: readonly ProtobufPart[];
  readonly initializers?: readonly ProtobufPart[];
}

const GRAPH_ATTRIBUTE = 5;
const INTEGER_ATTRIBUTE = 2;
const INTEGERS_ATTRIBUTE = 7;

function graph({ nodes, inputs = [], outputs, initializers = [] }: TestGraph): ProtobufPart {
  return [
    ...nodes.flatMap((node) => field(1, nodeOf(node))),
    ...field(2, 'graph'),
    ...initializers.flatMap((initializer) => field(5, initializer)),
    ...inputs.flatMap((input) => field(11, input)),
    ...outputs.flatMap((output) => field(12, output)),
  ];
}

function nodeOf({ operator, inputs, outputs, graphs = {}, integers = {} }: TestNode): ProtobufPart {
  return [
    ...inputs.flatMap((name) => field(1, name)),
    ...outputs.flatMap((name) => field(2, name)),
    ...field(4, operator),
    ...Object.entries(graphs).flatMap(([name, body]) =>
      field(5, [...field(1, name), ...field(6, graph(body)), ...field(20, GRAPH_ATTRIBUTE)]),
    ),
    ...Object.entries(integers).flatMap(([name, given]) => {
      const written =
        typeof given === 'number'
          ? [...field(3, given), ...field(20, INTEGER_ATTRIBUTE)]
          : [...given.flatMap((number) => field(8, number)), ...field(20, INTEGERS_ATTRIBUTE)];
      return field(5, [...field(1, name), ...written]);
    }),
  ];
}

/** An ONNX file of opset 17. */
export function onnxBytes(body: TestGraph): Uint8Array {
  return protobufBytes([...field(1, 8), ...field(2, 'test'), ...field(7, graph(body)), ...field(8, field(2, 17))]);
}

/** A model that gives back what it gets. */
export function identity(type: Element, shape?: Shape): Uint8Array {
  return onnxBytes({
    nodes: [{ operator: 'Identity', inputs: ['x'], outputs: ['y'] }],
    inputs: [value('x', type, shape)],
    outputs: [value('y', type, shape)],
  });
}

export function floatBytes(...numbers: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(numbers).buffer);
}

export function int64Bytes(...numbers: readonly number[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer);
}
