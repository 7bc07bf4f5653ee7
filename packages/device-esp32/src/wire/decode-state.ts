import type { DeviceStatus, WindowState } from '@louver/core';
import { eventBase, type DecodeContext } from './decode-context.js';
import type { Envelope } from './envelope.js';
import { requireNumber, type JsonObject } from './json.js';
import { poison, shown } from './poison.js';

const RESULTS: ReadonlySet<unknown> = new Set<WindowState['result']>(['done', 'moving', 'rejected', 'expired']);

/** What a window reports of itself [P-33]. */
export function decodeWindowState(
  body: JsonObject,
  envelope: Envelope,
  context: DecodeContext,
): readonly WindowState[] {
  const { result, command_id: commandId } = body;
  if (!RESULTS.has(result)) {
    throw poison(
      'wrong-type',
      `result is ${shown(result)}, expected done, moving, rejected or expired`,
      context.deviceId,
    );
  }
  return [
    {
      kind: 'window-state',
      ...eventBase(context, envelope),
      position: percentOrNaN(body, 'position', context.deviceId),
      target: percentOrNaN(body, 'target', context.deviceId),
      commandId: typeof commandId === 'string' ? commandId : '',
      result: result as WindowState['result'],
    },
  ];
}

function percentOrNaN(body: JsonObject, name: string, deviceId: string): number {
  if (body[name] == null) return NaN;
  const value = requireNumber(body, name, deviceId);
  if (value >= 0 && value <= 100) return value;
  throw poison('out-of-range', `${name} is ${value}, expected 0..100 percent open`, deviceId);
}

/** Plain `online` or `offline`, the device's own word or its last will [P-30]: no time, no identity of its own. */
export function decodeStatus(text: string, context: DecodeContext): readonly DeviceStatus[] {
  if (text !== 'online' && text !== 'offline') {
    throw poison('wrong-type', `status is ${shown(text)}, expected plain online or offline`, context.deviceId);
  }
  const { receivedAtMs, deliveryId } = context.message;
  const envelope: Envelope = {
    timestampMs: receivedAtMs,
    timeSource: 'server',
    deviceTimestamp: '',
    messageId: deliveryId,
    identified: false,
  };
  return [{ kind: 'device-status', ...eventBase(context, envelope), online: text === 'online' }];
}
