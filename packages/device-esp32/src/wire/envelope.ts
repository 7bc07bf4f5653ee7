import type { EpochMs, InboundMessage, Sequence } from '@louver/core';
import { PROTOCOL_LIMITS } from '../protocol/limits.js';
import type { JsonObject } from './json.js';
import { poison, shown } from './poison.js';
import { parseRfc3339 } from './rfc3339.js';
import { sha256Hex } from './sha256.js';

/** Time and identity of one message: what all of its events share. */
export interface Envelope {
  readonly timestampMs: EpochMs;
  readonly timeSource: 'device' | 'server';
  readonly deviceTimestamp: string;
  readonly messageId: string;
  readonly identified: boolean;
  readonly sequence: Sequence | undefined;
}

/**
 * Time [P-5a] and identity [P-5] of a message.
 *
 * A clock that was never set starts again at each boot: the same bytes are then two readings, so a stamp before 2000 identifies nothing.
 * A stamp too far ahead cannot be the time of the reading, but it does tell one message from another.
 *
 * @param text The payload, where it is a text.
 * @param maxAheadMs How far a device's clock may run ahead of the time of receipt.
 * @param zoneless A stamp without its offset, as Python's `isoformat()` writes it, is no error: it stands for the time of receipt.
 * @throws LouverError `E_DECODE` (`bad-timestamp`). `null` counts as missing, any other non-string as bad.
 */
export function readEnvelope(
  body: JsonObject,
  text: string | undefined,
  message: InboundMessage,
  deviceId: string,
  maxAheadMs: number,
  zoneless = false,
): Envelope {
  const stamp = body.timestamp ?? '';
  if (typeof stamp !== 'string') throw badTimestamp(stamp, deviceId);
  let stampMs = NaN;
  let zoneKnown = true;
  if (stamp !== '') {
    stampMs = parseRfc3339(stamp);
    if (zoneless && Number.isNaN(stampMs)) {
      zoneKnown = false;
      stampMs = parseRfc3339(`${stamp.replace(' ', 'T')}Z`);
    }
    if (Number.isNaN(stampMs)) throw badTimestamp(stamp, deviceId);
  }
  const everSet = stampMs >= PROTOCOL_LIMITS.neverSetBeforeMs;
  const credible = zoneKnown && everSet && stampMs <= message.receivedAtMs + maxAheadMs;
  const sequence = readSequence(body);
  // What a broker keeps is the same reading each time that it is handed out.
  const hashed = everSet || message.retained === true;
  return {
    timestampMs: credible ? stampMs : message.receivedAtMs,
    timeSource: credible ? 'device' : 'server',
    deviceTimestamp: stamp,
    messageId:
      sequence !== undefined
        ? `${deviceId}:${sequence.boot}:${sequence.seq}`
        : hashed
          ? hashedId(message, text)
          : message.deliveryId,
    identified: sequence !== undefined || hashed,
    sequence,
  };
}

/** What identifies a message by its content alone: the first half of a SHA-256 over topic, NUL and payload. */
export function hashedId({ topic, payload }: InboundMessage, text: string | undefined): string {
  // Of a text as a text: the hottest path makes no copy.
  const whole = text === undefined ? Buffer.concat([Buffer.from(`${topic}\0`), payload]) : `${topic}\0${text}`;
  return sha256Hex(whole).slice(0, 32);
}

/** As the device counts [P-5]; both numbers or nothing: `seq` alone starts again with every boot. */
export function readSequence({ boot, seq }: JsonObject): Sequence | undefined {
  return isUint32(boot) && isUint32(seq) ? { boot, seq } : undefined;
}

/** Id of the nth reading (from 0) of one message. */
export function nthId(messageId: string, n: number): string {
  return n === 0 ? messageId : `${messageId}#${n + 1}`;
}

export function isUint32(value: unknown): value is number {
  return typeof value === 'number' && value >>> 0 === value;
}

function badTimestamp(found: unknown, deviceId: string): Error {
  const example = '2025-10-24T12:00:00Z';
  return poison(
    'bad-timestamp',
    `timestamp is ${shown(found)}, expected RFC 3339 with its offset, e.g. ${example}`,
    deviceId,
  );
}
