import { LouverError, withoutCode } from '@louver/core';

/** What to say about an error that ended a command: one line each, without its code, and the exit code. */
export function formatError(error: unknown): { readonly lines: readonly string[]; readonly exitCode: number } {
  if (!LouverError.is(error)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { lines: [`this should not happen, please report it: ${text}`], exitCode: 1 };
  }
  const message = withoutCode(error.message);
  // Only the problems of a configuration come as several lines.
  if (error.code === 'E_CONFIG') return { lines: message.split('\n'), exitCode: 2 };
  return { lines: [message.replace(/\s*\n\s*/g, ' ')], exitCode: 1 };
}
