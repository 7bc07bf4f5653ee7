import { createHash } from 'node:crypto';

/**
 * An id that follows from its parts: 128 bits of SHA-256 over them, joined by NUL, in 32 hex digits. A string of its own: one that is cut from a
 * longer text keeps all of that in memory.
 */
export function idOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest().toString('hex', 0, 16);
}
