import type { Health } from './component.js';
import type { LouverError } from './errors.js';

/** The first that is not well; what does not say counts as well. */
export function worst(...parts: readonly (Health | LouverError | undefined)[]): Health {
  for (const part of parts) {
    if (part instanceof Error) return { ok: false, reason: part.message };
    if (part?.ok === false) return part;
  }
  return { ok: true };
}

/** What is wrong, in words, one per part. */
export function reasonsOf(components: Readonly<Record<string, Health>>): readonly string[] {
  return Object.entries(components).flatMap(([name, part]) => (part.ok ? [] : [`${name}: ${part.reason}`]));
}
