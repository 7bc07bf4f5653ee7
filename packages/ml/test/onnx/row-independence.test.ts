import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel, type ModelManifest } from '../../src/index.js';
import { checkedModel } from '../../src/onnx/checked-model.js';
import { readModelFile } from '../../src/onnx/model-file.js';
import { runRows } from '../../src/onnx/onnx-session.js';
import { modelFolder, referenceCases, standardColumns, standardManifest, type ModelFolder } from './model-folder.js';
import {
  ELEMENT,
  floatBytes,
  int64Bytes,
  onnxBytes,
  tensor,
  value,
  type TestGraph,
  type TestNode,
} from './onnx-bytes.js';

let folder: ModelFolder;
beforeAll(async () => {
  folder = await modelFolder();
});
afterAll(() => folder.remove());

const columns = ['temperature', 'noise'].map((name) => ({ name, ifMissing: 'hold' as const }));

let written = 0;
async function place(bytes: Uint8Array, more: Partial<ModelManifest> = {}): Promise<string> {
  const name = `${++written}.onnx`;
  const manifest = { name: 'test', version: 'v1', columns, outputs: { position: 'y' }, ...more };
  await folder.write(`${name}.json`, JSON.stringify(manifest));
  return folder.write(name, bytes);
}

/** Rows that one run of a model takes. */
async function maxRows(path: string): Promise<number> {
  const { session, model } = await checkedModel(await readModelFile(path));
  await model.release();
  return session.maxRows;
}

/** From `x` over `product`, 2 temperature + 3 noise, to `y`. */
function ofProduct(
  rows: number | string,
  nodes: readonly TestNode[],
  constants: NonNullable<TestGraph['initializers']> = [],
): Uint8Array {
  return onnxBytes({
    nodes: [{ operator: 'MatMul', inputs: ['x', 'w'], outputs: ['product'] }, ...nodes],
    inputs: [value('x', 'float32', [rows, 2])],
    outputs: [value('y', 'float32', [rows, 1])],
    initializers: [tensor('w', 'float32', [2, 1], floatBytes(2, 3)), ...constants],
  });
}

const zero = tensor('zero', 'int64', [], int64Bytes(0));

/** Each row with all before it: the first one shows nothing. */
const cumulative = (rows: number | string): Uint8Array =>
  ofProduct(rows, [{ operator: 'CumSum', inputs: ['product', 'zero'], outputs: ['y'] }], [zero]);

/** As batch normalisation does that was left in training. */
const centred = (rows: number | string): Uint8Array =>
  ofProduct(rows, [
    { operator: 'ReduceMean', inputs: ['product'], outputs: ['mean'], integers: { axes: [0] } },
    { operator: 'Sub', inputs: ['product', 'mean'], outputs: ['y'] },
  ]);

/** The batch is its sequence. */
const recurrent = (rows: number | string): Uint8Array =>
  onnxBytes({
    nodes: [
      { operator: 'Unsqueeze', inputs: ['x', 'one'], outputs: ['sequence'] },
      { operator: 'LSTM', inputs: ['sequence', 'W', 'R'], outputs: ['states'], integers: { hidden_size: 1 } },
      { operator: 'Reshape', inputs: ['states', 'column'], outputs: ['y'] },
    ],
    inputs: [value('x', 'float32', [rows, 2])],
    outputs: [value('y', 'float32', [rows, 1])],
    initializers: [
      tensor('one', 'int64', [1], int64Bytes(1)),
      tensor('column', 'int64', [2], int64Bytes(-1, 1)),
      tensor('W', 'float32', [1, 4, 2], floatBytes(0.5, 0.2, 0.1, 0.3, 0.2, 0.1, 0.4, 0.2)),
      tensor('R', 'float32', [1, 4, 1], floatBytes(0.5, 0.4, 0.3, 0.6)),
    ],
  });

/** One layer of int8 weights without a bias: zeros are exact, whoever else is there. */
const quantised = (rows: number | string): Uint8Array =>
  onnxBytes({
    nodes: [
      { operator: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['bytes', 'scale', 'point'] },
      { operator: 'MatMulInteger', inputs: ['bytes', 'w', 'point'], outputs: ['integers'] },
      { operator: 'Cast', inputs: ['integers'], outputs: ['numbers'], integers: { to: ELEMENT.float32 } },
      { operator: 'Mul', inputs: ['numbers', 'scale'], outputs: ['y'] },
    ],
    inputs: [value('x', 'float32', [rows, 2])],
    outputs: [value('y', 'float32', [rows, 1])],
    initializers: [tensor('w', 'int8', [2, 1], Uint8Array.of(2, 3))],
  });

const dependent = [
  ['a sum over the batch', cumulative],
  ['a mean over the batch', centred],
  ['a recurrent network whose sequence is the batch', recurrent],
  ['a single layer, dynamically quantised', quantised],
] as const;

describe.each(dependent)('%s', (_, modelOf) => {
  test('its rows do change each other', async () => {
    const model = await loadModel(await folder.write('plain.onnx', modelOf('batch')));
    const run = async (...data: number[]): Promise<number[]> => [
      ...((await model.run({ x: { dims: [data.length / 2, 2], data } }))['y']!.data as Float32Array),
    ];
    const [first, second] = [await run(7.3, 0.2), await run(-1.1, 0.3)];
    const together = await run(7.3, 0.2, -1.1, 0.3);
    expect(Math.abs(together[1]! - second[0]!)).toBeGreaterThan(1e-3);
    expect(first).toHaveLength(1);
    await model.close();
  });

  test.each<[string, Partial<ModelManifest>]>([
    ['columns that nothing is known of', {}],
    ['stand-ins', { columns: columns.map(({ name }) => ({ name, ifMissing: 0.5 })) }],
    ['stand-ins of 0', { columns: columns.map(({ name }) => ({ name, ifMissing: 0 })) }],
    ['ranges', { columns: columns.map((column) => ({ ...column, range: [-10, 40] as const })) }],
  ])('they run one by one: with %s', async (__, more) => {
    expect(await maxRows(await place(modelOf('batch'), more))).toBe(1);
  });

  test.each([2, 3, 100])('also where every run has %i rows', async (rows) => {
    expect(await maxRows(await place(modelOf(rows)))).toBe(1);
  });
});

test('of two rows that go in ascending, the second shows nothing of a first that was greater', async () => {
  const most = onnxBytes({
    nodes: [
      { operator: 'CumSum', inputs: ['x', 'zero'], outputs: ['before'], integers: { exclusive: 1 } },
      { operator: 'Max', inputs: ['x', 'before'], outputs: ['y'] },
    ],
    inputs: [value('x', 'float32', [2, 1])],
    outputs: [value('y', 'float32', [2, 1])],
    initializers: [zero],
  });
  const warm = [{ name: 'temperature', ifMissing: 1, range: [1, 9] as const }];
  expect(await maxRows(await place(most, { columns: warm }))).toBe(1);
});

describe('rows that leave each other alone run together', () => {
  const product = (rows: number | string, last: string): Uint8Array =>
    ofProduct(rows, [{ operator: last, inputs: ['product'], outputs: ['y'] }]);

  test.each([
    [64, 'batch'],
    [2, 2],
    [100, 100],
  ])('up to %i of a model that takes %s', async (most, rows) => {
    expect(await maxRows(await place(product(rows, 'Identity')))).toBe(most);
  });

  test('a row that the model has no number for says nothing', async () => {
    // Half of the rows are negative where no range says that they are not.
    const signs = columns.map(({ name }) => ({ name, ifMissing: 0 }));
    expect(await maxRows(await place(product('batch', 'Sqrt'), { columns: signs }))).toBe(64);
  });

  test('when there is one row only that it has a number for, none runs in company', async () => {
    const inverse = ofProduct('batch', [
      { operator: 'Abs', inputs: ['product'], outputs: ['size'] },
      { operator: 'Neg', inputs: ['size'], outputs: ['negative'] },
      { operator: 'Sqrt', inputs: ['negative'], outputs: ['y'] },
    ]);
    expect(await maxRows(await place(inverse))).toBe(1);
  });
});

describe('a batch size that is frozen behind a name', () => {
  test('at one row', async () => {
    const frozen = onnxBytes({
      nodes: [
        { operator: 'Reshape', inputs: ['x', 'row'], outputs: ['flat'] },
        { operator: 'MatMul', inputs: ['flat', 'w'], outputs: ['y'] },
      ],
      inputs: [value('x', 'float32', ['batch', 2])],
      outputs: [value('y', 'float32', ['batch', 1])],
      initializers: [tensor('row', 'int64', [2], int64Bytes(1, 2)), tensor('w', 'float32', [2, 1], floatBytes(2, 3))],
    });
    expect(await maxRows(await place(frozen))).toBe(1);
  });

  test('at the first row: there is one answer for all', async () => {
    const first = ofProduct(
      'batch',
      [{ operator: 'Slice', inputs: ['product', 'from', 'to'], outputs: ['y'] }],
      [tensor('from', 'int64', [1], int64Bytes(0)), tensor('to', 'int64', [1], int64Bytes(1))],
    );
    expect(await maxRows(await place(first))).toBe(1);
  });

  test('at twenty rows: those after them go wrong in a full batch only', async () => {
    const twenty = ofProduct(
      'batch',
      [
        { operator: 'Mul', inputs: ['product', 'nothing'], outputs: ['zeros'] },
        { operator: 'Add', inputs: ['zeros', 'unit'], outputs: ['units'] },
        { operator: 'CumSum', inputs: ['units', 'zero'], outputs: ['place'] },
        { operator: 'Sub', inputs: ['place', 'twenty'], outputs: ['beyond'] },
        { operator: 'Relu', inputs: ['beyond'], outputs: ['error'] },
        { operator: 'Add', inputs: ['product', 'error'], outputs: ['y'] },
      ],
      [
        zero,
        tensor('nothing', 'float32', [1], floatBytes(0)),
        tensor('unit', 'float32', [1], floatBytes(1)),
        tensor('twenty', 'float32', [1], floatBytes(20)),
      ],
    );
    expect(await maxRows(await place(twenty))).toBe(1);
  });
});

describe('the reference models', () => {
  test.each([
    ['regressor.onnx', 64],
    ['regressor_dynamo.onnx', 64],
    ['regressor_fixed_batch.onnx', 1],
    ['regressor_fp16.onnx', 64],
    ['regressor_int8.onnx', 1],
    ['external_data.onnx', 64],
  ])('%s: %i in one run, and each row answers as alone', async (name, most) => {
    const file = await readModelFile(await folder.place(name, standardManifest));
    const { session, model } = await checkedModel(file);
    expect(session.maxRows).toBe(most);
    const { dims, data } = (await referenceCases(name))[0]!.inputs['features']!;
    const rows = Array.from({ length: Math.min(dims[0]!, most) }, (_, i) =>
      data.slice(i * dims[1]!, (i + 1) * dims[1]!),
    );
    const together = (await runRows(session, rows)).get('position')!;
    for (const [i, row] of rows.entries()) {
      const [alone] = (await runRows(session, [row])).get('position')!;
      expect(Math.abs(together[i]! - alone!)).toBeLessThanOrEqual(name.includes('fp16') ? 0.5 : 0.01);
    }
    await model.release();
  });

  test.each([
    ['autoencoder.onnx', 16],
    ['isolation_forest.onnx', 6],
  ])('%s runs up to 64 rows at once', async (name, width) => {
    const manifest = { ...standardManifest, input: undefined, outputs: { position: 'score' } };
    const path = await folder.place(name, { ...manifest, columns: standardColumns.slice(0, width) });
    expect(await maxRows(path)).toBe(64);
  });
});
