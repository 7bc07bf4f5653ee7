import type { ScalarReading, Sequence } from '@louver/core';
import { isInRange, quantityRule } from '../topics/quantity.js';
import type { DecodeContext } from './decode-context.js';
import type { Envelope } from './envelope.js';
import { requireNumber, type JsonObject } from './json.js';
import { poison } from './poison.js';

/** One value of one quantity [P-1, P-2, P-7]. The hottest path: written without a spread or an object in between. */
export function decodeScalar(
  quantity: string,
  body: JsonObject,
  envelope: Envelope,
  context: DecodeContext,
): readonly ScalarReading[] {
  const { deviceId, message } = context;
  const value = requireNumber(body, 'value', deviceId);
  if (!isInRange(quantity, value)) throw poison('out-of-range', rangeText('value', quantity, value), deviceId);
  const reading: ScalarReading & { sequence?: Sequence } = {
    kind: 'scalar',
    deviceId,
    timestampMs: envelope.timestampMs,
    timeSource: envelope.timeSource,
    deviceTimestamp: envelope.deviceTimestamp,
    receivedAtMs: message.receivedAtMs,
    messageId: envelope.messageId,
    identified: envelope.identified,
    quantity,
    value,
  };
  if (envelope.sequence !== undefined) reading.sequence = envelope.sequence;
  return [reading];
}

/** E.g. `value is 900, expected temperature within -100..200`. */
export function rangeText(member: string, quantity: string, value: number): string {
  const rule = quantityRule(quantity);
  const bounded = rule !== undefined && rule.max < Number.MAX_VALUE;
  return `${member} is ${value}, expected ${quantity} ${bounded ? `within ${rule.min}..${rule.max}` : 'finite'}`;
}
