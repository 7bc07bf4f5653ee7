import type { EpochMs } from '@louver/core';
import { PROTOCOL_LIMITS } from './limits.js';

/**
 * UTC in ms when the answer to a request for the time arrived, as the firmware reckons it [P-37]: when it was sent, and half of what it was under
 * way. `undefined` for an answer to another request, one that took more than 10 s, or one that cannot be.
 *
 * @param askedMs What the device asked with, on its own clock.
 * @param nowMs The same clock when the answer arrived.
 */
export function judgeTimeResponse(body: unknown, askedMs: number, nowMs: number): EpochMs | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { deviceSendTime, serverRecvTime, serverSendTime } = body as Readonly<Record<string, unknown>>;
  if (deviceSendTime !== askedMs || typeof serverRecvTime !== 'number' || typeof serverSendTime !== 'number') {
    return undefined;
  }
  const roundTripMs = nowMs - askedMs;
  const thoughtMs = serverSendTime - serverRecvTime;
  if (!(thoughtMs >= 0 && thoughtMs <= roundTripMs && roundTripMs <= PROTOCOL_LIMITS.timeRoundTripMs)) return undefined;
  return serverSendTime >= PROTOCOL_LIMITS.neverSetBeforeMs
    ? serverSendTime + Math.floor((roundTripMs - thoughtMs) / 2)
    : undefined;
}
