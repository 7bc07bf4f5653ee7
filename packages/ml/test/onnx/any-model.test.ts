import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel, type InputTensor, type OnnxOutputs, type TensorType } from '../../src/index.js';
import { modelFolder, rejection, type ModelFolder } from './model-folder.js';
import { floatBytes, identity, onnxBytes, sequence, tensor, value, type Element, type Shape } from './onnx-bytes.js';

let folder: ModelFolder;
beforeAll(async () => {
  folder = await modelFolder();
});
afterAll(() => folder.remove());

let written = 0;
async function run(bytes: Uint8Array, inputs: Readonly<Record<string, InputTensor>>): Promise<OnnxOutputs> {
  const model = await loadModel(await folder.write(`${++written}.onnx`, bytes));
  try {
    return await model.run(inputs);
  } finally {
    await model.close();
  }
}

/** What comes back of what went in. */
async function through(type: Element, data: InputTensor['data'], dims = [data.length], shape: Shape = ['n']) {
  return (await run(identity(type, shape), { x: { dims, data } }))['y']!;
}

describe('every type goes in and out unchanged', () => {
  test.each<[TensorType, InputTensor['data'], OnnxOutputs[string]['data']]>([
    ['float32', [0.5, -0, NaN, Infinity], Float32Array.of(0.5, -0, NaN, Infinity)],
    ['float64', [0.1, 1e300], Float64Array.of(0.1, 1e300)],
    ['float16', [1 / 3, 65_504, 2 ** -24, -0, NaN], Float32Array.of(0.333251953125, 65_504, 2 ** -24, -0, NaN)],
    ['int8', [-128, 127], Int8Array.of(-128, 127)],
    ['int16', [-32_768, 32_767], Int16Array.of(-32_768, 32_767)],
    ['int32', [-(2 ** 31), 2 ** 31 - 1], Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
    ['int64', [-1, 2 ** 53 - 1], BigInt64Array.of(-1n, 2n ** 53n - 1n)],
    ['int64', [-(2n ** 63n), 2n ** 63n - 1n], BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)],
    ['uint8', [0, 255], Uint8Array.of(0, 255)],
    ['uint16', [0, 65_535], Uint16Array.of(0, 65_535)],
    ['uint32', [0, 2 ** 32 - 1], Uint32Array.of(0, 2 ** 32 - 1)],
    ['uint64', [0n, 2n ** 64n - 1n], BigUint64Array.of(0n, 2n ** 64n - 1n)],
    ['bool', [true, false, true], Uint8Array.of(1, 0, 1)],
    ['string', ['ä', '', '窓 open'], ['ä', '', '窓 open']],
  ])('%s', async (type, data, expected) => {
    const got = await through(type, data);
    expect(got).toEqual({ dims: [data.length], type, data: expected });
    // What one model gave, the next one takes.
    expect(await through(type, got.data)).toEqual(got);
  });

  test('numbers are rounded to the precision of a float input, whatever array they come in', async () => {
    expect((await through('float32', Float64Array.of(0.1, 1e-50))).data).toEqual(Float32Array.of(0.1, 0));
    expect((await through('float32', Int32Array.of(3))).data).toEqual(Float32Array.of(3));
    expect((await through('int64', Int32Array.of(-3))).data).toEqual(BigInt64Array.of(-3n));
    expect((await through('uint8', Uint8ClampedArray.of(3))).data).toEqual(Uint8Array.of(3));
    expect((await through('bool', Uint8Array.of(1, 0))).data).toEqual(Uint8Array.of(1, 0));
  });
});

describe('every shape', () => {
  test.each<[string, Shape | undefined, number[]]>([
    ['a scalar', [], []],
    ['a vector', ['n'], [3]],
    ['no rows', ['batch', 4], [0, 4]],
    ['four dimensions', ['batch', 1, 'h', 'w'], [2, 1, 3, 2]],
    ['dimensions without a name, as scikit-learn exports', [null, 4], [3, 4]],
    ['of any rank', undefined, [2, 1, 2]],
    ['of any rank, here a scalar', undefined, []],
  ])('%s', async (_, shape, dims) => {
    const data = Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, (_, i) => i);
    const bytes = identity('float32', shape);
    expect(await run(bytes, { x: { dims, data } })).toEqual({ y: { dims, type: 'float32', data } });
  });

  test('what a model declares of its inputs: fixed, named, unnamed, of any rank', async () => {
    const declared = async (shape?: Shape): Promise<unknown> => {
      const model = await loadModel(await folder.write('declared.onnx', identity('int64', shape)));
      await model.close();
      return model.inputs;
    };
    expect(await declared([1, 'n', null])).toEqual([{ name: 'x', type: 'int64', shape: [1, 'n', '?'] }]);
    expect(await declared([])).toEqual([{ name: 'x', type: 'int64', shape: [] }]);
    expect(await declared()).toEqual([{ name: 'x', type: 'int64' }]);
  });
});

const sum = onnxBytes({
  nodes: [{ operator: 'Add', inputs: ['a', 'b'], outputs: ['sum'] }],
  inputs: [value('a', 'float32', ['n', 2]), value('b', 'float32', ['n', 2])],
  outputs: [value('sum', 'float32', ['n', 2])],
});

describe('several inputs and outputs', () => {
  test('in any order, by name', async () => {
    const [a, b] = [{ dims: [1, 2], data: [1, 2] }, { dims: [1, 2], data: [10, 20] }]; // prettier-ignore
    expect((await run(sum, { b, a }))['sum']!.data).toEqual(Float32Array.of(11, 22));
  });

  test('the same name is the same size', async () => {
    const inputs = { a: { dims: [1, 2], data: [1, 2] }, b: { dims: [2, 2], data: [1, 2, 3, 4] } };
    const { message } = await rejection(run(sum, inputs));
    expect(message).toContain('input b: dims[0] (n) is 2, expected 1 as in input a');
    const square = await rejection(through('float32', [1, 2], [1, 2], ['n', 'n']));
    expect(square.message).toContain('input x: dims[1] (n) is 2, expected 1 as before');
  });

  test('a model without inputs', async () => {
    const constant = onnxBytes({
      nodes: [{ operator: 'Identity', inputs: ['c'], outputs: ['y'] }],
      outputs: [value('y', 'float32', [2])],
      initializers: [tensor('c', 'float32', [2], floatBytes(1, 2))],
    });
    expect((await run(constant, {}))['y']!.data).toEqual(Float32Array.of(1, 2));
    expect((await rejection(run(constant, { x: { dims: [], data: [1] } }))).message).toContain(
      'it has no inputs, got x',
    );
  });

  test('an output that is a sequence is left out; with no other output the model is refused', async () => {
    const made = { operator: 'SequenceConstruct', inputs: ['x'], outputs: ['s'] };
    const same = { operator: 'Identity', inputs: ['x'], outputs: ['y'] };
    const inputs = [value('x', 'float32', ['n'])];
    const both = onnxBytes({ nodes: [made, same], inputs, outputs: [sequence('s'), value('y', 'float32', ['n'])] });
    expect(Object.keys(await run(both, { x: { dims: [1], data: [1] } }))).toEqual(['y']);
    const only = onnxBytes({ nodes: [made], inputs, outputs: [sequence('s')] });
    const { message } = await rejection(run(only, {}));
    expect(message).toContain('none of its outputs (s) is a tensor: export it so that it gives tensors');
  });

  test('an input that is a sequence, types that cannot be passed, a name that cannot', async () => {
    const length = onnxBytes({
      nodes: [{ operator: 'SequenceLength', inputs: ['s'], outputs: ['y'] }],
      inputs: [sequence('s')],
      outputs: [value('y', 'int64', [])],
    });
    expect((await rejection(run(length, {}))).message).toContain('its input s is a sequence or map, expected a tensor');
    expect((await rejection(run(identity('bfloat16', ['n']), {}))).message).toContain('is of type bfloat16');
    const named = onnxBytes({
      nodes: [{ operator: 'Identity', inputs: ['x'], outputs: ['__proto__'] }],
      inputs: [value('x', 'float32', ['n'])],
      outputs: [value('__proto__', 'float32', ['n'])],
    });
    expect((await rejection(run(named, {}))).message).toContain('one output is called __proto__');
  });
});

test('infinity comes out as it is; NaN too when NaN went in', async () => {
  const quotient = onnxBytes({
    nodes: [{ operator: 'Div', inputs: ['a', 'b'], outputs: ['y'] }],
    inputs: [value('a', 'float64', []), value('b', 'float64', [])],
    outputs: [value('y', 'float64', [])],
  });
  const divided = (a: number, b: number) => run(quotient, { a: { dims: [], data: [a] }, b: { dims: [], data: [b] } });
  expect((await divided(1, 0))['y']!.data).toEqual(Float64Array.of(Infinity));
  expect((await divided(NaN, 1))['y']!.data).toEqual(Float64Array.of(NaN));
  expect((await rejection(divided(0, 0))).message).toContain(
    'its output y is NaN (data[0]) although every input is finite',
  );
});
