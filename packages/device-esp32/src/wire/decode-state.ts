import type { DeviceInfo, DeviceStatus, WindowState } from '@louver/core';
import { WINDOW_RESULTS } from '../protocol/limits.js';
import { eventBase, type DecodeContext } from './decode-context.js';
import { hashedId, isUint32, type Envelope } from './envelope.js';
import { requireNumber, type JsonObject } from './json.js';
import { poison, shown } from './poison.js';

const RESULTS: ReadonlySet<unknown> = new Set<WindowState['result']>(WINDOW_RESULTS);

/** What a window reports of itself [P-33]. Of one command it says the same only once, so its bytes identify it. */
export function decodeWindowState(
  text: string,
  body: JsonObject,
  envelope: Envelope,
  context: DecodeContext,
): readonly WindowState[] {
  const { result } = body;
  const commandId = typeof body.command_id === 'string' ? body.command_id : '';
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
      ...eventBase(context, envelope.identified || commandId === '' ? envelope : known(envelope, context, text)),
      position: percentOrNaN(body, 'position', context.deviceId),
      target: percentOrNaN(body, 'target', context.deviceId),
      commandId,
      result: result as WindowState['result'],
    },
  ];
}

function known(envelope: Envelope, { message }: DecodeContext, text: string): Envelope {
  return { ...envelope, messageId: hashedId(message, text), identified: true };
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
  return [{ kind: 'device-status', ...eventBase(context, ofNow(context)), online: text === 'online' }];
}

/** What the device still holds [P-31]; no event when it does not say. Its other members are for people. */
export function decodeInfo({ boot, first_seq: seq }: JsonObject, context: DecodeContext): readonly DeviceInfo[] {
  if (!isUint32(boot) || !isUint32(seq)) return [];
  return [{ kind: 'device-info', ...eventBase(context, ofNow(context)), holdsFrom: { boot, seq } }];
}

/** Time and identity of what has neither. */
export function ofNow({ message }: DecodeContext): Envelope {
  return {
    timestampMs: message.receivedAtMs,
    timeSource: 'server',
    deviceTimestamp: '',
    messageId: message.deliveryId,
    identified: false,
    sequence: undefined,
  };
}
