import { halfValue } from './half-precision.js';
import type { OutputTensor, RuntimeData, TensorType } from './tensor-types.js';

/** A tensor as the runtime gives it. */
export interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

/** The runtime copies outputs out of its memory for every run: nothing of them changes later. */
export function outputTensor({ type, dims, data }: RuntimeTensor): OutputTensor {
  const decoded = type === 'float16' ? decodedHalves(data as Uint16Array) : data;
  return { dims: [...dims], type: type as TensorType, data: decoded as RuntimeData } as OutputTensor;
}

/** Numbers of half precision: bits, or numbers already where the engine has a Float16Array. */
export function decodedHalves(data: Uint16Array | ArrayLike<number>): Float32Array {
  return data instanceof Uint16Array ? Float32Array.from(data, halfValue) : Float32Array.from(data);
}

/** Where the first NaN stands, or -1. */
export function firstNaN({ data }: OutputTensor): number {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return -1;
  return data.findIndex((value) => Number.isNaN(value));
}
