import type { InferenceAnswered, InferenceAsked, InferenceRequest, KnownAudio, Recording } from '@louver/core';
import { isInRange } from '../topics/quantity.js';
import { decodeAudio } from './decode-audio.js';
import { eventBase, type DecodeContext } from './decode-context.js';
import type { Envelope } from './envelope.js';
import { readId, requireNumber, type JsonObject } from './json.js';
import { poison, shown } from './poison.js';

/** An analysed sound has 34 columns; far more is a mistake. */
const MAX_COLUMNS = 1_024;

/**
 * An inference request [P-20]. Without `request_id` (an existing Go backend) the identity of the message stands in for it (P-5): a
 * redelivered request makes the same command again.
 */
export function decodeInferenceRequest(
  body: JsonObject,
  envelope: Envelope,
  context: DecodeContext,
): readonly InferenceAsked[] {
  const { deviceId } = context;
  const request: InferenceRequest = {
    kind: 'inference-request',
    requestId: readId(body, 'request_id', deviceId) || envelope.messageId,
    deviceId,
    timestampMs: envelope.timestampMs,
    scalars: { temperature: scalar(body, 'temperature', deviceId), humidity: scalar(body, 'humidity', deviceId) },
    ...sound(body, envelope, context),
  };
  return [{ kind: 'inference-asked', ...eventBase(context, envelope), request }];
}

/** An inference response [P-25]. */
export function decodeInferenceResponse(
  body: JsonObject,
  envelope: Envelope,
  context: DecodeContext,
): readonly InferenceAnswered[] {
  const { deviceId } = context;
  const answer = {
    requestId: requireId(body, 'request_id', deviceId),
    prediction: numberOrNaN(body, 'prediction', deviceId),
    confidence: numberOrNaN(body, 'confidence', deviceId),
    inferenceMs: numberOrNaN(body, 'inference_time_ms', deviceId),
    modelVersion: textOr(body.model_version, ''),
    held: body.held === true,
    reason: textOr(body.reason, ''),
    position: numberOrNaN(body, 'position', deviceId),
  };
  return [{ kind: 'inference-answered', ...eventBase(context, envelope), answer }];
}

function sound(
  body: JsonObject,
  envelope: Envelope,
  context: DecodeContext,
): { readonly recording: Recording } | { readonly knownAudio: KnownAudio } | undefined {
  const named = textOr(body.audio_hash, '');
  const sha256 = /^[0-9a-f]{64}$/.test(named) ? named : undefined;
  if (body.audio_data) {
    const recording = readRecording(body, envelope, context);
    // The hash that the sender names stays: its bytes may have gained a WAV header on the way.
    return { recording: sha256 === undefined ? recording : { ...recording, sha256 } };
  }
  return sha256 === undefined ? undefined : { knownAudio: { sha256, ...columns(body.audio_features) } };
}

/** As a device's own recording. */
function readRecording(body: JsonObject, envelope: Envelope, context: DecodeContext): Recording {
  const metadata = body.audio_metadata;
  const rate = isObject(metadata) ? metadata.sample_rate : undefined;
  const [reading] = decodeAudio({ data: body.audio_data, sample_rate: rate }, envelope, {
    ...context,
    notice: () => undefined,
  });
  return reading!.recording;
}

/** What is not a number is left out: a column that is missing is no reason to refuse a request. */
function columns(value: unknown): Omit<KnownAudio, 'sha256'> {
  if (!isObject(value) || typeof value.recipe !== 'string' || !isObject(value.values))
    return { recipe: '', values: {} };
  const entries = Object.entries(value.values).slice(0, MAX_COLUMNS);
  return {
    recipe: value.recipe,
    values: Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number')),
  };
}

function scalar(body: JsonObject, quantity: string, deviceId: string): number {
  const value = requireNumber(body, quantity, deviceId);
  if (isInRange(quantity, value)) return value;
  throw poison('out-of-range', `${quantity} is ${value}, expected a physical value`, deviceId);
}

function numberOrNaN(body: JsonObject, name: string, deviceId: string): number {
  return body[name] == null ? NaN : requireNumber(body, name, deviceId);
}

function requireId(body: JsonObject, name: string, deviceId: string): string {
  const id = readId(body, name, deviceId);
  if (id !== '') return id;
  throw poison('wrong-type', `${name} is ${shown(body[name])}, expected a text`, deviceId);
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
