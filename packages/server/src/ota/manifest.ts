import { LouverError } from '@louver/core';
import { PROTOCOL, type PayloadMember } from '@louver/device-esp32';

/** What a device is told about an image to take [P-38], as on the wire. */
export interface OtaManifest {
  readonly version: string;
  readonly board: string;
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** Of the image, lower-case hexadecimal. */
  readonly sha256: string;
  readonly secure_version: number;
  /** Base64 of a DER ECDSA P-256 signature. */
  readonly signature: string;
}

const { payload, maxBytes } = PROTOCOL.ota;
const MEMBERS: readonly PayloadMember[] = payload.format === 'json' ? payload.members : [];
const ESCAPED = /["\\]|[^ -~]/;

/**
 * The payload for a device, in one line. Throws `E_CONFIG` with all that a device would refuse it for, whichever board it is, in words that
 * begin with `what`.
 */
export function manifestPayload(manifest: Readonly<Record<string, unknown>>, what: string): string {
  const problems = MEMBERS.flatMap((member) => problemsOf(member, manifest[member.name]));
  const text = JSON.stringify(manifest);
  if (problems.length === 0 && text.length > maxBytes) {
    problems.push(`it has ${text.length} bytes, expected at most ${maxBytes}: leave out what is no member of P-38`);
  }
  if (problems.length > 0) throw new LouverError('E_CONFIG', `${what}: ${problems.join('; ')}`);
  return text;
}

function problemsOf({ name, type, min, max, pattern }: PayloadMember, value: unknown): string[] {
  const found = `${name} is ${value === undefined ? 'missing' : JSON.stringify(value)}`;
  if (type === 'integer') {
    if (Number.isInteger(value) && Number(value) >= min! && Number(value) <= max!) return [];
    return [`${found}, expected a whole number from ${min} to ${max}`];
  }
  if (typeof value !== 'string') return [`${found}, expected a text`];
  if (value.length < (min ?? 0) || value.length > (max ?? Infinity)) {
    return [`${found}, expected ${min} to ${max} characters`];
  }
  // A device compares and repeats texts as they stand there.
  if (ESCAPED.test(value)) return [`${found}, expected characters of ASCII without " and \\`];
  if (name === 'url' && !hasPort(value)) return [`${found}, expected a port from 1 to 65535`];
  if (pattern === undefined || new RegExp(pattern).test(value)) return [];
  return [`${found}, expected ${name === 'url' ? 'http://HOST[:PORT]/PATH' : `what matches ${pattern}`}`];
}

/** One that there is, or none. */
function hasPort(url: string): boolean {
  const port = /^http:\/\/[^/]*:(\d{1,5})\//.exec(url)?.[1];
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
}
