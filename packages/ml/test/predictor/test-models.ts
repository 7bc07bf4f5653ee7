import type { ModelManifest } from '../../src/index.js';
import { embedManifest } from '../../src/onnx/embed-manifest.js';
import { ELEMENT, floatBytes, onnxBytes, tensor, value, type TestGraph, type TestNode } from '../onnx/onnx-bytes.js';

/** Of temperature, humidity and noise: what the models below take. */
export const COLUMNS = ['temperature', 'humidity', 'noise'].map((name) => ({ name, ifMissing: 0 }));

const int64Bytes = (...numbers: readonly bigint[]): Uint8Array => new Uint8Array(BigInt64Array.from(numbers).buffer);

/** The model's bytes with its manifest in them, and in that their hash. */
export function withManifest(model: Uint8Array, manifest: Partial<ModelManifest> & { version: string }): Uint8Array {
  return embedManifest(model, { name: 'test', columns: COLUMNS, outputs: { position: 'y' }, ...manifest });
}

interface Sum {
  readonly version: string;
  readonly bias?: number;
  readonly columns?: ModelManifest['columns'];
  /** What a value counts. */
  readonly weight?: number;
  /** Columns of the graph, when it does not fit its manifest. */
  readonly width?: number;
}

/** `bias` and the sum of all columns. */
export function sumModel({ version, columns = COLUMNS, width = columns.length, ...sum }: Sum): Uint8Array {
  const graph = graphOf([{ operator: 'Identity', inputs: ['sum'], outputs: ['y'] }], { ...sum, width });
  return withManifest(graph, { version, columns });
}

/** The sum of three columns, without a manifest. */
export function bareSumModel(): Uint8Array {
  return graphOf([{ operator: 'Identity', inputs: ['sum'], outputs: ['y'] }], {});
}

/** The square root of the sum: NaN when it is negative, which its stand-ins do not show. */
export function rootModel(version: string, { columns = COLUMNS, weight = 1 }: Omit<Sum, 'version'> = {}): Uint8Array {
  const graph = graphOf([{ operator: 'Sqrt', inputs: ['sum'], outputs: ['y'] }], { weight, width: columns.length });
  return withManifest(graph, { version, columns });
}

/** The sum, when it is at most `limit`; else it computes for ever. */
export function hangingModel(version: string, limit = 1000, columns: ModelManifest['columns'] = COLUMNS): Uint8Array {
  const body: TestGraph = {
    nodes: [
      { operator: 'Identity', inputs: ['again'], outputs: ['again_out'] },
      { operator: 'Identity', inputs: ['kept'], outputs: ['kept_out'] },
    ],
    inputs: [value('turn', 'int64', []), value('again', 'bool', [1]), value('kept', 'float32', [1, 1])],
    outputs: [value('again_out', 'bool', [1]), value('kept_out', 'float32', [1, 1])],
  };
  const nodes: TestNode[] = [
    { operator: 'Reshape', inputs: ['sum', 'one'], outputs: ['flat'] },
    { operator: 'Greater', inputs: ['flat', 'limit'], outputs: ['endless'] },
    { operator: 'Loop', inputs: ['', 'endless', 'sum'], outputs: ['y'], graphs: { body } },
  ];
  const constants = [tensor('one', 'int64', [1], int64Bytes(1n)), tensor('limit', 'float32', [1], floatBytes(limit))];
  return withManifest(graphOf(nodes, { batch: 1, width: columns.length }, constants), { version, columns });
}

/** 10, 20 or 30 for a sum of 0, 1 or 2; fails for any other. */
export function pickingModel(version: string): Uint8Array {
  const nodes: TestNode[] = [
    { operator: 'Cast', inputs: ['sum'], outputs: ['place'], integers: { to: ELEMENT.int64 } },
    { operator: 'Gather', inputs: ['numbers', 'place'], outputs: ['y'] },
  ];
  return withManifest(graphOf(nodes, {}, [tensor('numbers', 'float32', [3], floatBytes(10, 20, 30))]), { version });
}

/** A number that needs as many bytes on the way as the sum says. */
export function hungryModel(version: string): Uint8Array {
  const nodes: TestNode[] = [
    { operator: 'Reshape', inputs: ['sum', 'one'], outputs: ['flat'] },
    { operator: 'Cast', inputs: ['flat'], outputs: ['size'], integers: { to: ELEMENT.int64 } },
    { operator: 'ConstantOfShape', inputs: ['size'], outputs: ['much'] },
    { operator: 'Size', inputs: ['much'], outputs: ['count'] },
    { operator: 'Cast', inputs: ['count'], outputs: ['number'], integers: { to: ELEMENT.float32 } },
    { operator: 'Reshape', inputs: ['number', 'row'], outputs: ['y'] },
  ];
  const constants = [tensor('one', 'int64', [1], int64Bytes(1n)), tensor('row', 'int64', [2], int64Bytes(1n, 1n))];
  return withManifest(graphOf(nodes, { batch: 1 }, constants), { version });
}

interface Size {
  readonly bias?: number;
  readonly weight?: number;
  readonly width?: number;
  readonly batch?: number | string;
}

/** From `x` over its `sum` to `y`. */
function graphOf(
  nodes: readonly TestNode[],
  { bias = 0, weight = 1, width = COLUMNS.length, batch = 'batch' }: Size,
  constants: NonNullable<TestGraph['initializers']> = [],
): Uint8Array {
  const sum: TestNode[] = [
    { operator: 'MatMul', inputs: ['x', 'weights'], outputs: ['product'] },
    { operator: 'Add', inputs: ['product', 'bias'], outputs: ['sum'] },
  ];
  return onnxBytes({
    nodes: [...sum, ...nodes],
    inputs: [value('x', 'float32', [batch, width])],
    outputs: [value('y', 'float32', [batch, 1])],
    initializers: [
      tensor('weights', 'float32', [width, 1], floatBytes(...Array.from({ length: width }, () => weight))),
      tensor('bias', 'float32', [1], floatBytes(bias)),
      ...constants,
    ],
  });
}
