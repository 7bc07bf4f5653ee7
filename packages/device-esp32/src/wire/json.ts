import { PROTOCOL_LIMITS } from '../protocol/limits.js';
import { poison } from './poison.js';

/** Deepest nesting that is read: ours is 2, of features in a command; deeper is an attack or a mistake. */
const MAX_DEPTH = 16;

// `ignoreBOM` keeps a byte order mark in the text, where JSON.parse refuses it: text and bytes stay the same thing for the hash.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A JSON object off the wire. Members are read one by one: none of them is trusted to be there or of its type. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Text of a payload. Throws `E_DECODE` (`not-json`) for bytes that are not UTF-8. */
export function decodeText(payload: Uint8Array, deviceId: string): string {
  try {
    return utf8.decode(payload);
  } catch {
    throw poison('not-json', `payload of ${payload.length} bytes is not UTF-8, expected a JSON object`, deviceId);
  }
}

/** Throws `E_DECODE`: `not-json` for what does not parse or nests too deep, `wrong-type` for JSON that is not an object. */
export function parseObject(text: string, deviceId: string): JsonObject {
  if (isTooDeep(text)) throw poison('not-json', `JSON nests deeper than ${MAX_DEPTH} levels`, deviceId);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    // The parser's own message quotes the text; cut, since a payload may be 2 MiB and is kept beside it anyway.
    const why = cause instanceof Error ? cause.message.slice(0, 120) : '';
    throw poison('not-json', `payload of ${text.length} characters is not JSON (${why})`, deviceId);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw poison('wrong-type', `payload is JSON but not an object: ${text.slice(0, 40)}`, deviceId);
  }
  return parsed as JsonObject;
}

/**
 * JSON.parse itself survives any depth, but what it builds would have to be walked by everybody after it. Flat messages, also
 * recordings, are told by two native searches: base64 has no brackets.
 */
function isTooDeep(text: string): boolean {
  if (!text.includes('[') && !text.includes('{', text.indexOf('{') + 1)) return false;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) {
      quoted = true;
    } else if (c === 123 || c === 91) {
      if (++depth > MAX_DEPTH) return true;
    } else if (c === 125 || c === 93) {
      depth--;
    }
  }
  return false;
}

/** A number as JSON knows it. Throws `wrong-type`; an overflow such as `1e999` reads as Infinity and is left to the range. */
export function requireNumber(body: JsonObject, name: string, deviceId: string): number {
  const value = body[name];
  if (typeof value === 'number') return value;
  throw poison('wrong-type', `${name} is ${shownType(value)}, expected a JSON number`, deviceId);
}

function shownType(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return `the string ${JSON.stringify(value.slice(0, 40))}`;
  if (value === null || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}

const MAX_ID_LENGTH = PROTOCOL_LIMITS.idLength;

/** `''` for what is missing or no text. Throws `E_DECODE` (`wrong-type`) for one that is too long. */
export function readId(body: JsonObject, name: string, deviceId: string): string {
  const id = body[name];
  if (typeof id !== 'string') return '';
  if (id.length <= MAX_ID_LENGTH) return id;
  throw poison('wrong-type', `${name} has ${id.length} characters, expected at most ${MAX_ID_LENGTH}`, deviceId);
}
