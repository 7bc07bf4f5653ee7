import { LouverError, withoutCode } from '@louver/core';

/** Does `work` with what was read from a file; what it throws names the file. */
export function aboutFile<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!LouverError.is(cause)) throw cause;
    const { code, reason, message } = cause;
    const text = withoutCode(message);
    throw new LouverError(code, `${file}: ${text}`, { cause, ...(reason !== undefined && { reason }) });
  }
}
