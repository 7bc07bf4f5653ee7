import { shapeInWords, UNNAMED, type InputTensor, type RuntimeData, type TensorInfo } from './tensor-types.js';
import { bytesOf, shown, tensorValues } from './tensor-values.js';

/** A tensor for one input of the model. */
export interface GivenTensor {
  readonly info: TensorInfo;
  readonly dims: readonly number[];
  readonly data: ArrayLike<unknown>;
}

/** More have no meaning, and the runtime keeps them on a small stack. */
const MAX_RANK = 64;

type Sizes = Map<string, { readonly size: number; readonly input: string }>;

/**
 * Checks names, shapes and sizes of what a caller gave against what the model declares, and counts its bytes; throws an `Error` in words
 * about the first input that does not fit.
 */
export function inspectedInputs(
  declared: readonly TensorInfo[],
  given: unknown,
): { tensors: readonly GivenTensor[]; bytes: number } {
  const example = `{ ${declared.map(({ name }) => `${name}: { dims, data }`).join(', ')} }`;
  if (typeof given !== 'object' || given === null || isArray(given)) {
    throw new Error(`run got ${shown(given)}, expected ${example}`);
  }
  checkNames(declared, given);
  const sizes: Sizes = new Map();
  let bytes = 0;
  const tensors = declared.map((info) =>
    ofInput(info, () => {
      const { dims, data, type } = tensorOf((given as Readonly<Record<string, unknown>>)[info.name], info);
      if (type !== undefined && type !== info.type) throw new Error(`type is ${shown(type)}, expected ${info.type}`);
      checkDims(dims, info, sizes);
      const count = dims.reduce((product, dim) => product * dim, 1);
      if (data.length !== count) {
        throw new Error(`data has ${data.length} values, expected ${count} for dims ${shapeInWords(dims)}`);
      }
      bytes += bytesOf(info.type, data);
      return { info, dims: [...dims], data };
    }),
  );
  return { tensors, bytes };
}

/**
 * Copies the values in the runtime's form: what the caller does with its arrays later changes nothing. Throws an `Error` in words about
 * the first value that does not fit. `finite` says whether all of them are.
 */
export function copiedInputs({ tensors }: { tensors: readonly GivenTensor[] }): {
  tensors: readonly (GivenTensor & { readonly data: RuntimeData })[];
  finite: boolean;
} {
  let allFinite = true;
  const copies = tensors.map(({ info, dims, data }) => {
    const { data: copy, finite } = ofInput(info, () => tensorValues(info.type, data));
    allFinite &&= finite;
    return { info, dims, data: copy };
  });
  return { tensors: copies, finite: allFinite };
}

function ofInput<T>({ name }: TensorInfo, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`input ${name}: ${(error as Error).message}`, { cause: error });
  }
}

function checkNames(declared: readonly TensorInfo[], given: object): void {
  const missing = declared.filter(({ name }) => !Object.hasOwn(given, name)).map(({ name }) => name);
  const known = new Set(declared.map(({ name }) => name));
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  if (missing.length === 0 && unknown.length === 0) return;
  const found = [
    ...(missing.length > 0 ? [`${missing.join(', ')} is missing`] : []),
    ...(unknown.length > 0 ? [`${unknown.join(', ')} is not one of them`] : []),
  ];
  const named = declared.map(({ name, type, shape }) => `${name} (${type} ${shapeInWords(shape)})`).join(', ');
  throw new Error(declared.length === 0 ? `it has no inputs, got ${unknown.join(', ')}` : `its inputs are ${named}: ${found.join(', ')}`); // prettier-ignore
}

function tensorOf(
  given: unknown,
  { shape }: TensorInfo,
): { dims: readonly number[]; data: ArrayLike<unknown>; type: unknown } {
  if (isArray(given)) {
    throw new Error(`found ${shown(given)}, expected { dims, data }: ${dimsFor(shape, given.length)}`);
  }
  if (typeof given !== 'object' || given === null) throw new Error(`found ${shown(given)}, expected { dims, data }`);
  const { dims, data, type } = given as Partial<Record<keyof InputTensor, unknown>>;
  if (!isArray(data)) throw new Error(`data is ${shown(data)}, expected an array, flat, row by row`);
  if (Array.isArray(data[0])) throw new Error(`data is an array of arrays, expected one flat array, row by row`);
  if (!Array.isArray(dims)) throw new Error(`dims is ${shown(dims)}, expected ${dimsFor(shape, data.length)}`);
  return { dims: dims as readonly number[], data, type };
}

function checkDims(dims: readonly unknown[], { name, shape }: TensorInfo, sizes: Sizes): asserts dims is number[] {
  const wrong = dims.findIndex((dim) => !(Number.isInteger(dim) && (dim as number) >= 0));
  if (wrong >= 0) throw new Error(`dims[${wrong}] is ${shown(dims[wrong])}, expected a whole number from 0`);
  if (dims.length > MAX_RANK) throw new Error(`dims has ${dims.length} members, expected at most ${MAX_RANK}`);
  const numbers = dims as number[];
  if (shape === undefined) return;
  const fits =
    numbers.length === shape.length && shape.every((size, i) => typeof size === 'string' || size === dims[i]);
  if (!fits) throw new Error(`dims are ${shapeInWords(numbers)}, expected ${shapeInWords(shape)}`);
  shape.forEach((symbol, i) => {
    if (typeof symbol === 'number' || symbol === UNNAMED) return;
    const before = sizes.get(symbol);
    if (before === undefined) sizes.set(symbol, { size: numbers[i]!, input: name });
    else if (before.size !== numbers[i]) {
      const where = before.input === name ? 'before' : `in input ${before.input}`;
      throw new Error(`dims[${i}] (${symbol}) is ${numbers[i]}, expected ${before.size} as ${where}`);
    }
  });
}

/** The dims that were probably meant: what is free takes the rest. */
function dimsFor(shape: TensorInfo['shape'], length: number): string {
  const fixed = (shape ?? []).reduce<number>((product, dim) => (typeof dim === 'number' ? product * dim : product), 1);
  const free = (shape ?? []).findIndex((dim) => typeof dim === 'string');
  const rest = length / fixed;
  if (shape === undefined || !Number.isInteger(rest) || (free < 0 && rest !== 1)) return `dims ${shapeInWords(shape)}`;
  const dims = shape.map((dim, i) => (typeof dim === 'number' ? dim : i === free ? rest : 1));
  return `dims ${shapeInWords(shape)}, here e.g. ${shapeInWords(dims)}`;
}

const isArray = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
