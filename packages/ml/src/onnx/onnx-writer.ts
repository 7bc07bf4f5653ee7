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
  /** `metadata_props`, e.g. the manifest. */
  readonly properties: Readonly<Record<string, string>>;
}

/** Opset 13 with IR 7: readable by every runtime since 2021, and enough for an MLP. */
const OPSET = 13;
const IR_VERSION = 7;
const FLOAT = 1;

type Part = number | Uint8Array | string | Part[];

/** Writes a graph without attributes and control flow as an ONNX file; the same graph gives the same bytes. [onnx.ModelProto] */
export function writeOnnx(graph: OnnxGraph): Uint8Array {
  const tensorType = (width: number): Part[] => [
    ...field(1, FLOAT),
    ...field(2, [...field(1, [...field(2, 'batch')]), ...field(1, [...field(1, width)])]),
  ];
  const value = (name: string, width: number): Part[] => [
    ...field(1, name),
    ...field(2, [...field(1, tensorType(width))]),
  ];
  const body: Part[] = [
    ...graph.nodes.flatMap(({ operator, inputs, output }) =>
      field(1, [
        ...inputs.flatMap((name) => field(1, name)),
        ...field(2, output),
        ...field(3, output),
        ...field(4, operator),
      ]),
    ),
    ...field(2, graph.name),
    ...graph.constants.flatMap(({ name, dims, data }) =>
      field(5, [
        ...dims.flatMap((dim) => field(1, dim)),
        ...field(2, FLOAT),
        ...field(8, name),
        ...field(9, littleEndian(data)),
      ]),
    ),
    ...field(11, value(graph.input.name, graph.input.width)),
    ...graph.outputs.flatMap(({ name, width }) => field(12, value(name, width))),
  ];
  const properties = Object.entries(graph.properties);
  return encoded([
    ...field(1, IR_VERSION),
    ...field(2, 'louver'),
    ...field(7, body),
    ...field(8, [...field(2, OPSET)]),
    ...properties.flatMap(([key, text]) => field(14, [...field(1, key), ...field(2, text)])),
  ]);
}

/** Numbers as varints (wire type 0), everything else by its length (wire type 2). */
function field(number: number, value: Part): Part[] {
  if (typeof value === 'number') return [varint(number * 8), varint(value)];
  const bytes = encoded(value);
  return [varint(number * 8 + 2), varint(bytes.length), bytes];
}

function encoded(part: Part): Uint8Array {
  if (part instanceof Uint8Array) return part;
  if (typeof part === 'string') return new TextEncoder().encode(part);
  if (typeof part === 'number') return varint(part);
  return Buffer.concat(part.map(encoded));
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) | 128);
    if (rest < 128) return Uint8Array.from(bytes);
  }
}

function littleEndian(data: Float32Array): Uint8Array {
  const bytes = new Uint8Array(data.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < data.length; i++) view.setFloat32(4 * i, data[i]!, true);
  return bytes;
}
