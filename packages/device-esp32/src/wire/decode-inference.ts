import type { EpochMs, InboundMessage, InferenceRequest, Recording } from '@louver/core';
import { isDeviceId } from '../topics/device-id.js';
import { isInRange } from '../topics/quantity.js';
import { esp32Topics, type Topics } from '../topics/topics.js';
import { decodeAudio } from './decode-audio.js';
import { readEnvelope, type Envelope } from './envelope.js';
import { decodeText, parseObject, requireNumber, type JsonObject } from './json.js';
import { poison } from './poison.js';

/** What the model said before the policy, off the wire [P-25]. The command, if any, travels on its own. */
export interface InferenceAnswer {
  readonly requestId: string;
  readonly deviceId: string;
  readonly timestampMs: EpochMs;
  /** NaN when the model gave none. */
  readonly prediction: number;
  /** 0..1; NaN when the model does not say. */
  readonly confidence: number;
  /** NaN when unknown. */
  readonly inferenceMs: number;
  readonly modelVersion: string;
  /** The policy left the actuator alone, because of `reason`. */
  readonly held: boolean;
  readonly reason: string;
}

export interface DecodeInferenceOptions {
  /** Where the messages travel; default: the protocol's topics. */
  readonly topics?: Topics;
  /** How far the sender's clock may be ahead; default 300,000. */
  readonly maxAheadMs?: number;
  /** Longest request payload; default 4 MiB: a recording of 2 MiB grows by a third and may gain a header. */
  readonly maxBytes?: number;
}

/**
 * An inference request [P-20]. Without `request_id` (an existing Go backend) the identity of the message stands in for it (P-5): a
 * redelivered request makes the same command again.
 *
 * @throws LouverError `E_DECODE` with the reason, nothing else.
 */
export function decodeInferenceRequest(
  message: InboundMessage,
  options: DecodeInferenceOptions = {},
): InferenceRequest {
  const { deviceId, body, envelope } = open(message, 'inference-request', options);
  const scalars = { temperature: scalar(body, 'temperature', deviceId), humidity: scalar(body, 'humidity', deviceId) };
  const recording = body.audio_data ? readRecording(body, envelope, message, deviceId) : undefined;
  return {
    kind: 'inference-request',
    requestId: textOr(body.request_id, '') || envelope.messageId,
    deviceId,
    timestampMs: envelope.timestampMs,
    scalars,
    ...(recording === undefined ? undefined : { recording }),
  };
}

/** An inference response [P-25]. Throws `E_DECODE` with the reason, nothing else. */
export function decodeInferenceResponse(
  message: InboundMessage,
  options: DecodeInferenceOptions = {},
): InferenceAnswer {
  const { deviceId, body, envelope } = open(message, 'inference-response', options);
  return {
    requestId: requireText(body, 'request_id', deviceId),
    deviceId,
    timestampMs: envelope.timestampMs,
    prediction: numberOrNaN(body, 'prediction', deviceId),
    confidence: numberOrNaN(body, 'confidence', deviceId),
    inferenceMs: numberOrNaN(body, 'inference_time_ms', deviceId),
    modelVersion: textOr(body.model_version, ''),
    held: body.held === true,
    reason: textOr(body.reason, ''),
  };
}

const protocolTopics = esp32Topics();

function open(
  message: InboundMessage,
  kind: 'inference-request' | 'inference-response',
  options: DecodeInferenceOptions,
): { deviceId: string; body: JsonObject; envelope: Envelope } {
  const { topics = protocolTopics, maxAheadMs = 300_000, maxBytes = 4_194_304 } = options;
  const parsed = topics.parse(message.topic);
  if (parsed?.kind !== kind) throw poison('unknown-topic', `topic ${message.topic.slice(0, 200)} is not an ${kind}`);
  const { deviceId } = parsed;
  if (!isDeviceId(deviceId))
    throw poison('bad-device-id', 'device id in the topic, expected 1 to 64 of A-Z a-z 0-9 _ . : -');
  if (message.payload.length > maxBytes) {
    throw poison('too-large', `payload of ${message.payload.length} bytes, expected at most ${maxBytes}`, deviceId);
  }
  const text = decodeText(message.payload, deviceId);
  const body = parseObject(text, deviceId);
  return { deviceId, body, envelope: readEnvelope(body, text, message, deviceId, maxAheadMs) };
}

/** As a device's own recording, but the hash that the sender names stays: its bytes may have gained a WAV header on the way. */
function readRecording(body: JsonObject, envelope: Envelope, message: InboundMessage, deviceId: string): Recording {
  const metadata = body.audio_metadata;
  const rate = typeof metadata === 'object' && metadata !== null ? (metadata as JsonObject).sample_rate : undefined;
  const inner = { data: body.audio_data, sample_rate: rate };
  const [reading] = decodeAudio(inner, envelope, { deviceId, message, notice: () => undefined });
  const named = textOr(body.audio_hash, '');
  return /^[0-9a-f]{64}$/.test(named) ? { ...reading!.recording, sha256: named } : reading!.recording;
}

function scalar(body: JsonObject, quantity: string, deviceId: string): number {
  const value = requireNumber(body, quantity, deviceId);
  if (isInRange(quantity, value)) return value;
  throw poison('out-of-range', `${quantity} is ${value}, expected a physical value`, deviceId);
}

function numberOrNaN(body: JsonObject, name: string, deviceId: string): number {
  return body[name] == null ? NaN : requireNumber(body, name, deviceId);
}

function requireText(body: JsonObject, name: string, deviceId: string): string {
  const value = body[name];
  if (typeof value === 'string') return value;
  throw poison('wrong-type', `${name} is ${typeof value}, expected a string`, deviceId);
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}
