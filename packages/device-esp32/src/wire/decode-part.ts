import type { RecordingPart } from '@louver/core';
import type { PartName } from '../topics/recording-parts.js';
import type { DecodeContext } from './decode-context.js';
import { hashedId, readEnvelope, readSequence } from './envelope.js';
import { decodeText, parseObject } from './json.js';
import { numbered, poison } from './poison.js';

/** Bounds of {@link decodePart}. */
export interface PartLimits {
  /** Longest file. */
  readonly audioBytes: number;
  readonly maxAheadMs: number;
}

/** One part of a recording [P-9]; the runtime puts them together. `name` is missing where the topic names no part. */
export function decodePart(
  name: PartName | undefined,
  context: DecodeContext,
  limits: PartLimits,
): readonly RecordingPart[] {
  const { message, deviceId } = context;
  const { payload } = message;
  if (name === undefined) {
    const expected = 'audio/{file}/init, audio/{file}/{offset} or audio/{file}/fin/{size}/{sha256}';
    throw poison('unknown-topic', `the topic names no part of a recording, expected ${expected}`, deviceId);
  }
  const { file, part } = name;
  if (part.type === 'init') return [initOf(file, context, limits)];
  const size = part.type === 'end' ? part.size : part.offset + payload.length;
  if (size > limits.audioBytes) {
    throw poison('too-large', `recording of ${size} bytes, expected at most ${limits.audioBytes}`, deviceId);
  }
  if (part.type === 'bytes' && payload.length === 0) {
    throw poison('bad-recording', 'a part without bytes, expected at least 1', deviceId);
  }
  const base = {
    kind: 'recording-part',
    deviceId,
    file,
    timestampMs: message.receivedAtMs,
    timeSource: 'server',
    deviceTimestamp: '',
    receivedAtMs: message.receivedAtMs,
    messageId: message.deliveryId,
    identified: false,
  } as const;
  return [{ ...base, part: part.type === 'end' ? part : { ...part, bytes: payload } }];
}

/** Time and identity of the recording: without boot and seq, what was said here, where it was said. */
function initOf(file: string, { message, deviceId }: DecodeContext, { maxAheadMs }: PartLimits): RecordingPart {
  const text = decodeText(message.payload, deviceId);
  const body = text === '' ? {} : parseObject(text, deviceId);
  const sequence = readSequence(body);
  try {
    const { messageId, sequence: _own, ...envelope } = readEnvelope(body, text, message, deviceId, maxAheadMs);
    return {
      kind: 'recording-part',
      deviceId,
      receivedAtMs: message.receivedAtMs,
      ...envelope,
      messageId: sequence === undefined ? hashedId(message, text) : messageId,
      identified: true,
      file,
      part: { type: 'init', ...(sequence && { sequence }) },
    };
  } catch (error) {
    throw numbered(error, sequence);
  }
}
