/**
 * Bytes of a base64 text, or `undefined` when a character does not belong. Both alphabets of RFC 4648 are read, padding may be missing,
 * and line breaks, spaces and tabs are skipped (`base64` and Python's `encodebytes` wrap lines).
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  return strictly(text) ?? (/[\r\n\t ]/.test(text) ? strictly(text.replace(/[\r\n\t ]+/g, '')) : undefined);
}

/**
 * `Buffer.from` skips what it does not know. Without padding n characters make floor(3n/4) bytes, and one character less always makes
 * fewer (n mod 4 is never 1), so a shorter result tells that one was skipped. This is far faster than looking at each character.
 */
function strictly(text: string): Uint8Array | undefined {
  let length = text.length;
  if (text.endsWith('=')) length -= text.endsWith('==') ? 2 : 1;
  if (length % 4 === 1) return undefined;
  if (length !== text.length && text.length % 4 !== 0) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === Math.floor((length * 3) / 4) ? bytes : undefined;
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
