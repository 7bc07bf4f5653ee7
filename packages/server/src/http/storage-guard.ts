import { LouverError } from '@louver/core';
import type { ServerHealth } from '../roles/role.js';
import type { ApiContext, ApiMiddleware } from './api-types.js';
import { problem } from './problem-document.js';

const RETRY_AFTER_S = '5';

/** What `E_…` of a read means that it may succeed later. */
const AWAY: ReadonlySet<string> = new Set(['E_STORAGE_UNAVAILABLE', 'E_NOT_OPEN', 'E_TIMEOUT', 'E_OVERLOADED']);

/**
 * Keeps requests from a storage that is known to be away, and bounds how many it works on: reads share it with writing.
 */
export function storageGuard(health: () => ServerHealth, maxConcurrent: number): ApiMiddleware {
  let running = 0;
  return async (c, next) => {
    const { storage } = health().components;
    if (storage?.ok === false) return storageAway(c, storage.reason);
    if (running >= maxConcurrent) {
      const detail = `${running} requests are being answered, expected at most ${maxConcurrent} at a time: try again`;
      return problem(c, 'overloaded', detail, { headers: { 'retry-after': '1' } });
    }
    running++;
    try {
      await next();
    } finally {
      running--;
    }
  };
}

/** Whether a failed read is only a matter of time. */
export function isAway(error: unknown): error is LouverError {
  return LouverError.is(error) && AWAY.has(error.code);
}

export function storageAway(c: ApiContext, reason: string): Response {
  const detail = `storage cannot answer now: ${reason}`;
  return problem(c, 'storage-unavailable', detail, { headers: { 'retry-after': RETRY_AFTER_S } });
}
