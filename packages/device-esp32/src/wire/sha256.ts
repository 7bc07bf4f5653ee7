import * as crypto from 'node:crypto';

/** One call is twice as fast as a Hash object for a short message; it is there since Node 20.12. */
const oneShot = crypto.hash as typeof crypto.hash | undefined;

/** SHA-256 in 64 hex digits; of a text, over its UTF-8 bytes. */
export function sha256Hex(data: Uint8Array | string): string {
  return oneShot === undefined
    ? crypto.createHash('sha256').update(data).digest('hex')
    : oneShot('sha256', data, 'hex');
}
