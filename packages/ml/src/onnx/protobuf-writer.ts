/** What a field may hold: a number of wire type 0, a text, bytes, or parts put one after the other. */
export type ProtobufPart = number | Uint8Array | string | readonly ProtobufPart[];

/** One field of a message: numbers as varints (wire type 0), everything else by its length (wire type 2). */
export function protobufField(number: number, value: ProtobufPart): ProtobufPart[] {
  if (typeof value === 'number') return [varint(number * 8), varint(value)];
  const bytes = protobufBytes(value);
  return [varint(number * 8 + 2), varint(bytes.length), bytes];
}

/** The bytes of parts; the same parts give the same bytes. [protobuf encoding: varint, length-delimited] */
export function protobufBytes(part: ProtobufPart): Uint8Array {
  if (part instanceof Uint8Array) return part;
  if (typeof part === 'string') return new TextEncoder().encode(part);
  if (typeof part === 'number') return varint(part);
  return Buffer.concat(part.map(protobufBytes));
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) | 128);
    if (rest < 128) return Uint8Array.from(bytes);
  }
}
