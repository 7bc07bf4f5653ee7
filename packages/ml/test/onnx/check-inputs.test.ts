import { describe, expect, test } from 'vitest';
import { copiedInputs, inspectedInputs } from '../../src/onnx/check-inputs.js';
import type { TensorInfo, TensorType } from '../../src/index.js';

const checkInputs = (declared: readonly TensorInfo[], given: unknown): ReturnType<typeof copiedInputs> =>
  copiedInputs(inspectedInputs(declared, given));

const features: TensorInfo = { name: 'x', type: 'float32', shape: ['batch', 3] };
const row = { dims: [1, 3], data: [1, 2, 3] };

describe('an input that does not fit is named, with what was expected', () => {
  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'run got undefined, expected { x: { dims, data } }'],
    ['an array in place of inputs', [1, 2, 3], 'run got an array, expected { x: { dims, data } }'],
    ['an array in place of a tensor', { x: [1, 2, 3] }, 'found an array, expected { dims, data }: dims [batch, 3], here e.g. [1, 3]'],
    ['a typed array in place of a tensor', { x: new Float32Array(6) }, 'found a Float32Array, expected { dims, data }: dims [batch, 3], here e.g. [2, 3]'],
    ['a number in place of a tensor', { x: 1 }, 'input x: found 1, expected { dims, data }'],
    ['no dims', { x: { data: [1, 2, 3] } }, 'input x: dims is undefined, expected dims [batch, 3], here e.g. [1, 3]'],
    ['no dims, and a length that fits none', { x: { data: [1, 2] } }, 'dims is undefined, expected dims [batch, 3]'],
    ['no data', { x: { dims: [1, 3] } }, 'input x: data is undefined, expected an array, flat, row by row'],
    ['a buffer', { x: { ...row, data: new ArrayBuffer(12) } }, 'data is a ArrayBuffer, expected an array, flat, row by row'],
    ['nested data', { x: { ...row, data: [[1, 2, 3]] } }, 'data is an array of arrays, expected one flat array, row by row'],
    ['a missing input', {}, 'its inputs are x (float32 [batch, 3]): x is missing'],
    ['an unknown input', { x: row, z: row }, 'its inputs are x (float32 [batch, 3]): z is not one of them'],
    ['an inherited name', Object.create({ x: row }) as unknown, 'x is missing'],
    ['another type', { x: { ...row, type: 'int64' } }, 'input x: type is "int64", expected float32'],
    ['another rank', { x: { ...row, dims: [3] } }, 'input x: dims are [3], expected [batch, 3]'],
    ['another width', { x: { dims: [1, 4], data: [1, 2, 3, 4] } }, 'input x: dims are [1, 4], expected [batch, 3]'],
    ['a negative dimension', { x: { ...row, dims: [-1, 3] } }, 'input x: dims[0] is -1, expected a whole number from 0'],
    ['half a dimension', { x: { ...row, dims: [0.5, 3] } }, 'input x: dims[0] is 0.5, expected a whole number from 0'],
    ['a bigint dimension', { x: { ...row, dims: [1n, 3] } }, 'input x: dims[0] is 1n, expected a whole number from 0'],
    ['too little data', { x: { dims: [2, 3], data: [1, 2, 3] } }, 'input x: data has 3 values, expected 6 for dims [2, 3]'],
    ['data beyond counting', { x: { dims: [1e300, 3], data: [1] } }, 'input x: data has 1 values, expected 3e+300'],
    ['a text among numbers', { x: { ...row, data: [1, '2', 3] } }, 'input x: data[1] is "2", expected a number for float32'],
    ['a hole', { x: { ...row, data: [1, undefined, 3] } }, 'input x: data[1] is undefined, expected a number for float32'],
    ['null', { x: { ...row, data: [1, 2, null] } }, 'input x: data[2] is null, expected a number for float32'],
    ['bigints for floats', { x: { ...row, data: [1n, 2n, 3n] } }, 'input x: data[0] is 1n, expected a number for float32'],
    ['a number that float32 does not hold', { x: { ...row, data: [1, 2, 1e39] } }, 'input x: data[2] is 1e+39, expected at most ±3.4028234663852886e+38 for float32'],
  ])('%s', (_, given, words) => {
    expect(() => checkInputs([features], given)).toThrow(words);
  }); // prettier-ignore

  test('a rank without end', () => {
    const any: TensorInfo = { name: 'x', type: 'float32' };
    const given = { x: { dims: new Array<number>(65).fill(1), data: [1] } };
    expect(() => checkInputs([any], given)).toThrow('dims has 65 members, expected at most 64');
    expect(() => checkInputs([any], { x: [1] })).toThrow('found an array, expected { dims, data }: dims of any shape');
  });

  test.each<[TensorType, unknown[] | Uint16Array, string]>([
    ['int8', [128], 'data[0] is 128, expected -128 to 127 for int8'],
    ['int8', [-129], 'data[0] is -129, expected -128 to 127 for int8'],
    ['uint8', [-1], 'data[0] is -1, expected 0 to 255 for uint8'],
    ['uint16', [65_536], 'data[0] is 65536, expected 0 to 65535 for uint16'],
    ['int16', [1.5], 'data[0] is 1.5, expected a whole number for int16'],
    ['int32', [NaN], 'data[0] is NaN, expected a whole number for int32'],
    ['int32', [2 ** 31], 'data[0] is 2147483648, expected -2147483648 to 2147483647 for int32'],
    ['uint32', [4_294_967_296n], 'data[0] is 4294967296, expected 0 to 4294967295 for uint32'],
    ['int64', [2 ** 53], 'data[0] is 9007199254740992, beyond what a number holds exactly: pass a bigint for int64'],
    ['int64', [2n ** 63n], 'data[0] is 9223372036854775808, expected -9223372036854775808 to 9223372036854775807'],
    ['int64', [2 ** 63], 'data[0] is 9223372036854776000, expected -9223372036854775808 to 9223372036854775807'],
    ['uint64', [-1n], 'data[0] is -1, expected 0 to 18446744073709551615 for uint64'],
    ['int64', ['1'], 'data[0] is "1", expected a whole number for int64'],
    ['bool', [2], 'data[0] is 2, expected true, false, 1 or 0 for bool'],
    ['string', [1], 'data[0] is 1, expected a text for string'],
    ['string', ['a\0b'], 'data[0] holds a zero character'],
    ['float16', [65_520], 'data[0] is 65520, expected at most ±65504 for float16'],
    ['float16', Uint16Array.of(1), 'data is a Uint16Array, which may be bits or numbers: pass numbers'],
  ])('%s: %s', (type, data, words) => {
    const info: TensorInfo = { name: 'x', type, shape: ['n'] };
    expect(() => checkInputs([info], { x: { dims: [1], data } })).toThrow(`input x: ${words}`);
  });
});

test('what was checked is a copy', () => {
  const data = Float32Array.of(1, 2, 3);
  const dims = [1, 3];
  const { tensors, finite } = checkInputs([features], { x: { dims, data, type: 'float32' } });
  data.fill(9);
  dims[0] = 7;
  expect(tensors[0]).toMatchObject({ dims: [1, 3], data: Float32Array.of(1, 2, 3) });
  expect(finite).toBe(true);
  const labels = BigInt64Array.of(1n);
  const label: TensorInfo = { name: 'x', type: 'int64', shape: [1] };
  const checked = checkInputs([label], { x: { dims: [1], data: labels } });
  labels.fill(2n);
  expect(checked.tensors[0]!.data).toEqual(BigInt64Array.of(1n));
});

test('whether all inputs are finite', () => {
  const finite = (value: number): boolean =>
    checkInputs([features], { x: { dims: [1, 3], data: [1, 2, value] } }).finite;
  expect([3, NaN, Infinity, -Infinity].map(finite)).toEqual([true, false, false, false]);
});

test('bytes are counted before anything is copied', () => {
  const counted = (type: TensorType, data: unknown[] | Uint8Array): number =>
    inspectedInputs([{ name: 'x', type }], { x: { dims: [data.length], data } }).bytes;
  expect(counted('float32', [1, 2])).toBe(8);
  expect(counted('float16', [1, 2])).toBe(4);
  expect(counted('int64', new Uint8Array(3))).toBe(24);
  expect(counted('bool', [true])).toBe(1);
  expect(counted('string', ['ä', ''])).toBe(18);
});
