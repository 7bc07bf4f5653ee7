/** One field of a protobuf message. */
export interface ProtobufField {
  readonly number: number;
  /** A number for wire type 0, the bytes for wire type 2, `undefined` for wire types 1 and 5, which nobody needs here. */
  readonly value: number | Uint8Array | undefined;
  /** Where it stands in the message, its key included. */
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the fields of one message, in order. Throws an `Error` in words when the bytes end within a field or are no protobuf.
 * [protobuf encoding: varint, i64, length-delimited, i32]
 */
export function* protobufFields(bytes: Uint8Array): Generator<ProtobufField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('it ends in the middle of a number');
      // Lengths beyond 2^53 need no exactness: they are past the end of any file.
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > 2 ** 63) throw new Error('a number in it has more than ten bytes');
    }
  };
  const skip = (length: number): Uint8Array => {
    if (length > bytes.length - at) {
      throw new Error(`it is cut short or damaged: a field goes ${length - (bytes.length - at)} bytes beyond its end`);
    }
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const start = at;
    const key = varint();
    const number = Math.floor(key / 8);
    const wireType = key % 8;
    if (number === 0) throw new Error(`it is not protobuf: field number 0 at byte ${at}`);
    let value: number | Uint8Array | undefined;
    if (wireType === 0) value = varint();
    else if (wireType === 2) value = skip(varint());
    else if (wireType === 1 || wireType === 5) skip(wireType === 1 ? 8 : 4);
    else throw new Error(`it is not protobuf: wire type ${wireType} at byte ${at}`);
    yield { number, value, start, end: at };
  }
}
