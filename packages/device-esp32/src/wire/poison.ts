import { LouverError, type DeadLetterReason } from '@louver/core';

/** The error of a message that nobody can use [P-6]: `E_DECODE`, with the dead letter's reason and the device. */
export function poison(reason: DeadLetterReason, detail: string, deviceId?: string): LouverError {
  return new LouverError('E_DECODE', detail, deviceId === undefined ? { reason } : { reason, deviceId });
}

/** A value for an error text: as JSON, cut to what fits in a line. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
