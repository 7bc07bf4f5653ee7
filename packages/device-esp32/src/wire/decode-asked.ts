import type { Asked } from '@louver/core';
import { PROTOCOL } from '../protocol/messages.js';
import { isDeviceId } from '../topics/device-id.js';
import type { AskedAt } from '../topics/topics.js';
import { decodeText, parseObject, requireNumber } from './json.js';
import { poison, shown } from './poison.js';

/** What is asked of the backend itself [P-34, P-37]. Throws `E_DECODE`. */
export function decodeAsked(at: AskedAt | undefined, payload: Uint8Array): Asked {
  if (at === undefined) throw poison('unknown-topic', 'nothing is asked at this topic');
  const { deviceId } = at;
  if (!isDeviceId(deviceId)) {
    throw poison('bad-device-id', `device id is ${shown(deviceId)}, expected 1 to 64 of A-Z a-z 0-9 _ . : -`);
  }
  const { maxBytes } = at.kind === 'window-set' ? PROTOCOL.windowSet : PROTOCOL.timeRequest;
  if (payload.length > maxBytes) {
    throw poison('too-large', `payload of ${payload.length} bytes, expected at most ${maxBytes}`, deviceId);
  }
  const text = decodeText(payload, deviceId);
  if (at.kind === 'window-set') return { kind: 'window-asked', deviceId, wanted: wantedOf(text, deviceId) };
  const body = parseObject(text, deviceId);
  const deviceSentMs = requireNumber(body, 'deviceSendTime', deviceId);
  if (Number.isFinite(deviceSentMs)) return { kind: 'time-asked', deviceId, deviceSentMs };
  throw poison('out-of-range', `deviceSendTime is ${deviceSentMs}, expected a finite number`, deviceId);
}

const { payload: SET } = PROTOCOL.windowSet;
const WANTED = new RegExp(SET.format === 'text' ? SET.pattern! : '');

function wantedOf(text: string, deviceId: string): number | 'stop' {
  if (!WANTED.test(text)) {
    throw poison('wrong-type', `payload is ${shown(text)}, expected 0..100, OPEN, CLOSE or STOP`, deviceId);
  }
  if (text === 'STOP') return 'stop';
  return text === 'OPEN' ? 100 : text === 'CLOSE' ? 0 : Number(text);
}
