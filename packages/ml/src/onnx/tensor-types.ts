/** Element types that a model's inputs and outputs may have. float16 goes in and out as numbers. [onnx.TensorProto.DataType] */
export type TensorType =
  | 'float32'
  | 'float16'
  | 'float64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'
  | 'string';

const TYPES: ReadonlySet<string> = new Set<TensorType>([
  'float32',
  'float16',
  'float64',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'string',
]);

export const isTensorType = (type: string): type is TensorType => TYPES.has(type);

/** A dimension of any size that nobody gave a name. */
export const UNNAMED = '?';

/** What a model declares of one input or output. */
export interface TensorInfo {
  readonly name: string;
  readonly type: TensorType;
  /**
   * A number is fixed; a name may be any size, the same wherever it stands among the inputs; `'?'` may be any size. Absent: of any rank.
   */
  readonly shape?: readonly (number | string)[];
}

/**
 * One input of a run. `data` is flat, row by row; a plain array or a typed array of numbers, bigint or number for integers, booleans or
 * 0 and 1 for bool, texts for string. Numbers for a float input are rounded to its precision.
 */
export interface InputTensor {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number> | ArrayLike<bigint> | readonly boolean[] | readonly string[];
  /** Checked against the model when given. */
  readonly type?: TensorType | undefined;
}

interface TensorOf<Type extends TensorType, Data> {
  readonly dims: readonly number[];
  readonly type: Type;
  readonly data: Data;
}

/** One output of a run: a copy, flat, row by row. float16 is decoded, bool is 0 or 1. */
export type OutputTensor =
  | TensorOf<'float32' | 'float16', Float32Array>
  | TensorOf<'float64', Float64Array>
  | TensorOf<'int8', Int8Array>
  | TensorOf<'int16', Int16Array>
  | TensorOf<'int32', Int32Array>
  | TensorOf<'int64', BigInt64Array>
  | TensorOf<'uint8' | 'bool', Uint8Array>
  | TensorOf<'uint16', Uint16Array>
  | TensorOf<'uint32', Uint32Array>
  | TensorOf<'uint64', BigUint64Array>
  | TensorOf<'string', readonly string[]>;

/** Data as the runtime takes it: float16 as bits. */
export type RuntimeData = OutputTensor['data'];

/** `[batch, 36]`. */
export const shapeInWords = (shape: readonly (number | string)[] | undefined): string =>
  shape === undefined ? 'of any shape' : `[${shape.join(', ')}]`;
