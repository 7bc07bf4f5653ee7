import { halfBits } from './half-precision.js';
import type { RuntimeData, TensorType } from './tensor-types.js';

/** Values ready for the runtime, and whether all of them are finite. */
export interface TensorValues {
  readonly data: RuntimeData;
  readonly finite: boolean;
}

/** Copies `data` into the runtime's form of `type`; throws an `Error` in words that names the first value that does not fit. */
export function tensorValues(type: TensorType, data: ArrayLike<unknown>): TensorValues {
  switch (type) {
    case 'string':
      return { data: Array.from({ length: data.length }, (_, i) => textOf(data[i], i)), finite: true };
    case 'bool':
      return { data: Uint8Array.from({ length: data.length }, (_, i) => bitOf(data[i], i)), finite: true };
    case 'float32':
    case 'float16':
    case 'float64':
      return floats(type, data);
    default:
      return { data: integers(type, data), finite: true };
  }
}

/** Largest finite numbers; one that would round to infinity is refused: an infinity must be meant. */
const FLOATS = {
  float16: { store: Uint16Array, most: 65_504, overflow: 65_520 },
  float32: { store: Float32Array, most: (2 - 2 ** -23) * 2 ** 127, overflow: (2 - 2 ** -24) * 2 ** 127 },
  float64: { store: Float64Array, most: Number.MAX_VALUE, overflow: Infinity },
} as const;

function floats(type: keyof typeof FLOATS, data: ArrayLike<unknown>): TensorValues {
  const { store, most, overflow } = FLOATS[type];
  if (type === 'float16' && data instanceof Uint16Array) {
    throw new Error('data is a Uint16Array, which may be bits or numbers: pass numbers, e.g. a Float32Array');
  }
  const values = new store(data.length);
  let finite = true;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (typeof value !== 'number') throw new Error(`data[${i}] is ${shown(value)}, expected a number for ${type}`);
    if (!Number.isFinite(value)) finite = false;
    else if (Math.abs(value) >= overflow) {
      throw new Error(`data[${i}] is ${value}, expected at most ±${most} for ${type}`);
    }
    values[i] = type === 'float16' ? halfBits(value) : value;
  }
  return { data: values, finite };
}

const INTEGERS = {
  int8: { store: Int8Array, bits: 8, signed: true },
  int16: { store: Int16Array, bits: 16, signed: true },
  int32: { store: Int32Array, bits: 32, signed: true },
  uint8: { store: Uint8Array, bits: 8, signed: false },
  uint16: { store: Uint16Array, bits: 16, signed: false },
  uint32: { store: Uint32Array, bits: 32, signed: false },
  int64: { store: BigInt64Array, bits: 64, signed: true },
  uint64: { store: BigUint64Array, bits: 64, signed: false },
} as const;

function integers(type: keyof typeof INTEGERS, data: ArrayLike<unknown>): RuntimeData {
  const { store, bits, signed } = INTEGERS[type];
  if (data instanceof store) return data.slice();
  const least = signed ? -(2n ** BigInt(bits - 1)) : 0n;
  const most = signed ? 2n ** BigInt(bits - 1) - 1n : 2n ** BigInt(bits) - 1n;
  const values = new store(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    // Compared as what it is: the engine compares numbers with bigints exactly.
    if (!isInteger(value)) throw new Error(`data[${i}] is ${shown(value)}, expected a whole number for ${type}`);
    if (value < least || value > most) {
      throw new Error(`data[${i}] is ${value}, expected ${least} to ${most} for ${type}`);
    }
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new Error(`data[${i}] is ${value}, beyond what a number holds exactly: pass a bigint for ${type}`);
    }
    values[i] = values instanceof BigInt64Array || values instanceof BigUint64Array ? BigInt(value) : Number(value);
  }
  return values;
}

/** Bytes that values take in the runtime; a text its own and a pointer. */
export function bytesOf(type: TensorType, data: ArrayLike<unknown>): number {
  if (type === 'bool') return data.length;
  if (type !== 'string') return data.length * { ...FLOATS, ...INTEGERS }[type].store.BYTES_PER_ELEMENT;
  let bytes = 8 * data.length;
  for (let i = 0; i < data.length; i++) bytes += typeof data[i] === 'string' ? Buffer.byteLength(data[i] as string) : 0;
  return bytes;
}

const isInteger = (value: unknown): value is number | bigint => typeof value === 'bigint' || Number.isInteger(value);

function bitOf(value: unknown, i: number): number {
  if (value === true || value === 1) return 1;
  if (value === false || value === 0) return 0;
  throw new Error(`data[${i}] is ${shown(value)}, expected true, false, 1 or 0 for bool`);
}

function textOf(value: unknown, i: number): string {
  if (typeof value !== 'string') throw new Error(`data[${i}] is ${shown(value)}, expected a text for string`);
  // The runtime ends texts at a zero character.
  if (value.includes('\0')) throw new Error(`data[${i}] holds a zero character, which the runtime would cut it at`);
  return value;
}

/** A value that was found, short enough for a message. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null) return `a ${value.constructor?.name ?? 'object'}`;
  return typeof value === 'function' ? 'a function' : String(value);
}
