import { LouverError, type DeadLetterReason, type Sequence } from '@louver/core';

/** The error of a message that nobody can use [P-6]: `E_DECODE`, with the dead letter's reason and the device. */
export function poison(reason: DeadLetterReason, detail: string, deviceId?: string): LouverError {
  return new LouverError('E_DECODE', detail, deviceId === undefined ? { reason } : { reason, deviceId });
}

/** The same error, with the number of the message that is set aside: a device that counts need not keep it [P-32]. */
export function numbered(error: unknown, sequence: Sequence | undefined): unknown {
  if (sequence === undefined || !LouverError.is(error)) return error;
  const { code, message, reason, deviceId, cause } = error;
  return new LouverError(code, message.slice(code.length + 2), {
    ...(reason !== undefined && { reason }),
    ...(deviceId !== undefined && { deviceId }),
    cause,
    sequence,
  });
}

/** A value for an error text: as JSON, cut to what fits in a line. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
