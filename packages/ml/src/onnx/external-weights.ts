import { protobufFields } from './protobuf-reader.js';
import { protobufBytes, protobufField, type ProtobufPart } from './protobuf-writer.js';

/** Weights that lie in another file. [onnx.TensorProto.external_data] */
export interface ExternalWeights {
  readonly tensor: string;
  /** As written in the model. */
  readonly location: string;
  readonly offset: number;
  /** Bytes; absent: up to the file's end. */
  readonly length?: number;
}

const NAME = 8;
const RAW_DATA = 9;
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
const EXTERNAL = 1;

/** Where the values of a TensorProto lie; `undefined` when they lie in it. Throws an `Error` in words. */
export function externalWeights(tensor: Uint8Array): ExternalWeights | undefined {
  const entries = new Map<string, string>();
  let name = '';
  let isExternal = false;
  for (const { number, value } of protobufFields(tensor)) {
    if (number === DATA_LOCATION) isExternal = value === EXTERNAL;
    else if (!(value instanceof Uint8Array)) continue;
    else if (number === NAME) name = text(value);
    else if (number === EXTERNAL_DATA) {
      const { 1: key, 2: content } = messageParts(value);
      if (key && content) entries.set(text(key), text(content));
    }
  }
  if (!isExternal) return undefined;
  const location = entries.get('location');
  if (location === undefined) throw new Error(`the weights of ${name} lie in another file, but it does not say which`);
  const bytesOf = (key: string, written: string): number => {
    if (/^\d+$/.test(written)) return Number(written);
    throw new Error(`the weights of ${name} have the ${key} ${JSON.stringify(written)}, expected a number of bytes`);
  };
  const length = entries.get('length');
  return {
    tensor: name,
    location,
    offset: bytesOf('offset', entries.get('offset') ?? '0'),
    ...(length !== undefined && { length: bytesOf('length', length) }),
  };
}

/** The same TensorProto with its values in it. */
export function withValues(tensor: Uint8Array, values: Uint8Array): Uint8Array {
  const kept: ProtobufPart[] = [];
  for (const { number, start, end } of protobufFields(tensor)) {
    if (number === RAW_DATA || number === EXTERNAL_DATA || number === DATA_LOCATION) continue;
    kept.push(tensor.subarray(start, end));
  }
  return protobufBytes([...kept, ...protobufField(RAW_DATA, values)]);
}

/** The length-delimited fields of a small message. */
export function messageParts(message: Uint8Array): Readonly<Record<number, Uint8Array>> {
  const found: Record<number, Uint8Array> = {};
  for (const { number, value } of protobufFields(message)) if (value instanceof Uint8Array) found[number] = value;
  return found;
}

export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
