import type { KeptPacket } from './aedes-internals.js';

/** Messages as values: one line of JSON, then the payload as it is. */
export function encodePacket({ topic, qos, retain, payload }: KeptPacket): Uint8Array {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ topic, qos, retain })}\n`), payload]);
}

/** `undefined`: this is none of ours. */
export function decodePacket(value: Uint8Array): (Omit<KeptPacket, 'payload'> & { payload: Buffer }) | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const end = bytes.indexOf(0x0a);
  try {
    const { topic, qos, retain } = JSON.parse(bytes.subarray(0, end).toString()) as Record<string, unknown>;
    if (typeof topic !== 'string' || (qos !== 0 && qos !== 1 && qos !== 2) || typeof retain !== 'boolean')
      return undefined;
    // A copy: the value may share its memory with all the others that were read with it.
    return { topic, qos, retain, payload: Buffer.from(bytes.subarray(end + 1)) };
  } catch {
    return undefined;
  }
}

/** A client id as one level of a key: without the `:` that separates them. */
export const asLevel = encodeURIComponent;
export const fromLevel = decodeURIComponent;
