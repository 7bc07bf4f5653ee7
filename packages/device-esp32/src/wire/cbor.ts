import { decode, Token, Tokenizer, Type } from 'cborg';
import type { JsonObject } from './json.js';
import { poison } from './poison.js';

/** As deep as JSON is read; each level is a call on the stack. */
const MAX_DEPTH = 16;

const BYTES_OF_UNKNOWN_LENGTH = 0x5f;
const TEXT_OF_UNKNOWN_LENGTH = 0x7f;

/** Seconds since 1970 (tag 1) or a text (tag 0), where the tag says that it is a time. */
class TaggedTime {
  constructor(readonly value: unknown) {}
}

/**
 * The members of a message in CBOR [P-10, RFC 8949], as {@link parseObject} gives those of JSON: `timestamp` is a text also where it came as a tagged
 * time. Maps, arrays, texts and byte strings may be of unknown length.
 *
 * @throws LouverError `E_DECODE`: `not-cbor` for what does not parse, nests too deep, has a key twice or one that is no text; `wrong-type` for
 * CBOR that is not a map.
 */
export function parseCbor(payload: Uint8Array, deviceId: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = decode(payload, {
      tokenizer: new BoundedTokenizer(payload, OPTIONS),
      ...OPTIONS,
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.slice(0, 120) : '';
    throw poison('not-cbor', `payload of ${payload.length} bytes is not CBOR (${why}), expected a map`, deviceId);
  }
  if (!(parsed instanceof Map)) throw poison('wrong-type', 'payload is CBOR but not a map', deviceId);
  for (const key of (parsed as Map<unknown, unknown>).keys()) {
    if (typeof key === 'string') continue;
    throw poison('not-cbor', `a key of the map is a ${typeof key}, expected a text`, deviceId);
  }
  // An own member also under a name such as __proto__.
  const body = Object.fromEntries(parsed as Map<string, unknown>);
  if (body['timestamp'] instanceof TaggedTime) body['timestamp'] = textOf(body['timestamp'].value);
  return body;
}

const OPTIONS = {
  useMaps: true,
  rejectDuplicateMapKeys: true,
  // The range refuses them, as it does what overflows in JSON.
  allowNaN: true,
  allowInfinity: true,
  allowBigInt: false,
  tags: {
    0: (content: () => unknown) => new TaggedTime(content()),
    1: (content: () => unknown) => new TaggedTime(content()),
  },
};

/** RFC 3339 of epoch seconds, cut to milliseconds as a text is. What cannot be a time stays what it is, for the envelope to refuse. */
function textOf(value: unknown): unknown {
  if (typeof value !== 'number') return value;
  // 1761307200.25 s times 1000 must not become …249.99 ms.
  const time = new Date(Math.floor(Number((value * 1000).toFixed(3))));
  return Number.isNaN(time.getTime()) ? value : time.toISOString();
}

/** Bounds the depth, and joins byte strings and texts that come in pieces. */
class BoundedTokenizer extends Tokenizer {
  /** Items that each open map, array or tag still waits for. */
  readonly #open: number[] = [];

  override next(): Token {
    const first = this.data[this._pos];
    const inPieces = first === BYTES_OF_UNKNOWN_LENGTH || first === TEXT_OF_UNKNOWN_LENGTH;
    const token = inPieces ? this.#joined(first === BYTES_OF_UNKNOWN_LENGTH ? Type.bytes : Type.string) : super.next();
    this.#count(token);
    return token;
  }

  #joined(type: Type): Token {
    const from = this._pos++;
    const pieces: unknown[] = [];
    for (;;) {
      if (this.done()) throw new Error('a string of unknown length does not end');
      const piece = super.next();
      if (Type.equals(piece.type, Type.break)) break;
      if (!Type.equals(piece.type, type)) throw new Error('a string of unknown length has pieces of another type');
      pieces.push(piece.value);
    }
    const value = Type.equals(type, Type.bytes) ? Buffer.concat(pieces as Uint8Array[]) : pieces.join('');
    return new Token(type, value, this._pos - from);
  }

  #count({ type, value }: Token): void {
    if (Type.equals(type, Type.break)) {
      this.#open.pop();
    } else if (Type.equals(type, Type.map) || Type.equals(type, Type.array) || Type.equals(type, Type.tag)) {
      const items = Type.equals(type, Type.tag) ? 1 : Type.equals(type, Type.map) ? 2 * value : value;
      if (this.#open.length >= MAX_DEPTH) throw new Error(`it nests deeper than ${MAX_DEPTH} levels`);
      if (items > 0) return void this.#open.push(items);
    }
    while (this.#open.length > 0 && --this.#open[this.#open.length - 1]! <= 0) this.#open.pop();
  }
}
