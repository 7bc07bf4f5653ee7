import { LouverError } from '@louver/core';
import { PROTOCOL_LIMITS } from '../protocol/limits.js';

/** Longest device id, in characters. */
const MAX_DEVICE_ID_LENGTH = PROTOCOL_LIMITS.deviceIdLength;

/** Whether `text` may name a device: 1 to 64 of `A-Z a-z 0-9 _ . : -`, so that it is safe in topics, file names and queries. */
export function isDeviceId(text: string): boolean {
  const length = text.length;
  if (length === 0 || length > MAX_DEVICE_ID_LENGTH) return false;
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i);
    const allowed =
      (c >= 97 && c <= 122) || // a-z
      (c >= 48 && c <= 58) || // 0-9 and :
      (c >= 65 && c <= 90) || // A-Z
      c === 45 || // -
      c === 46 || // .
      c === 95; // _
    if (!allowed) return false;
  }
  return true;
}

/** The id itself. Throws `E_CONFIG` when it may not name a device: it would end up in a topic. */
export function requireDeviceId(deviceId: string): string {
  if (isDeviceId(deviceId)) return deviceId;
  throw new LouverError(
    'E_CONFIG',
    `device id is ${JSON.stringify(deviceId)}, expected 1 to 64 of A-Z a-z 0-9 _ . : -`,
  );
}
