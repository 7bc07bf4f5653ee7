import {
  LouverError,
  type InferenceRequest,
  type InferenceResult,
  type StoredUpTo,
  type WindowCommand,
} from '@louver/core';
import { encodeBase64 } from './base64.js';
import { portableWav } from './portable-wav.js';

/** `sample_rate` beside an empty `audio_data`: peers may divide by it. */
const SAMPLE_RATE_WITHOUT_RECORDING_HZ = 16_000;

/**
 * JSON of a window command [P-21, P-23]. The five members of P-21 are always there, and their numbers are numbers: peers do
 * `float(m["confidence"])`. What is unknown is 0 and named in the extension member `unknown`, which {@link decodeControl} turns into NaN again.
 */
export function encodeWindowCommand(command: WindowCommand): string {
  const { position, featuresUsed, expiresAtMs } = command;
  if (!(position >= 0 && position <= 100)) {
    throw new LouverError('E_CONFIG', `window command: position is ${position}, expected 0..100 percent open`);
  }
  const { confidence } = command;
  const { temperature, humidity, audioFeatures } = featuresUsed;
  const unknown = Object.entries({ confidence, temperature, humidity }).flatMap(([name, value]) =>
    Number.isFinite(value) ? [] : [name],
  );
  return JSON.stringify({
    device_id: command.deviceId,
    timestamp: isoTime(command.timestampMs),
    position,
    confidence: finiteOrZero(confidence),
    features_used: {
      temperature: finiteOrZero(temperature),
      humidity: finiteOrZero(humidity),
      audio_features: audioFeatures,
    },
    command_id: command.commandId,
    request_id: command.requestId,
    // Undefined members are left out of the JSON.
    model_version: command.modelVersion,
    inference_time_ms: finiteOrUndefined(command.inferenceMs),
    audio_hash: command.audioSha256,
    expires_at: expiresAtMs === undefined ? undefined : isoTime(expiresAtMs),
    source: command.source === 'external' ? undefined : command.source,
    unknown: unknown.length > 0 ? unknown : undefined,
  });
}

/**
 * JSON of an inference request [P-20, P-22, P-23], all members always there. `audio_data` is a WAV that Python's `wave` opens, since peers
 * do; `audio_hash` stays that of the bytes as the device sent them.
 *
 * @throws LouverError `E_CONFIG` without a finite temperature or humidity: peers do `float(m["temperature"])`.
 */
export function encodeInferenceRequest(request: InferenceRequest): string {
  const { recording, knownAudio } = request;
  const features = knownAudio !== undefined && Object.keys(knownAudio.values).length > 0;
  return JSON.stringify({
    device_id: request.deviceId,
    timestamp: isoTime(request.timestampMs),
    temperature: requireScalar(request, 'temperature'),
    humidity: requireScalar(request, 'humidity'),
    audio_data: recording === undefined ? '' : encodeBase64(portableWav(recording)),
    audio_metadata: {
      sample_rate: recording?.sampleRateHz ?? SAMPLE_RATE_WITHOUT_RECORDING_HZ,
      duration: recording?.durationS ?? 0,
    },
    request_id: request.requestId,
    audio_hash: recording?.sha256 ?? knownAudio?.sha256 ?? '',
    // Its samples are gone, after a restart of ours: what it sounded like is not.
    audio_features: features ? { recipe: knownAudio.recipe, values: knownAudio.values } : undefined,
  });
}

/** JSON of what the model said before the policy [P-25], with its time. */
export function encodeInferenceResult(result: InferenceResult): string {
  return JSON.stringify({
    request_id: result.requestId,
    prediction: finiteOrNull(result.value),
    confidence: finiteOrNull(result.confidence),
    inference_time_ms: finiteOrNull(result.inferenceMs),
    model_version: result.modelVersion,
    held: result.command === undefined,
    reason: result.reason ?? '',
    // Undefined members are left out of the JSON.
    position: result.command?.position,
    timestamp: isoTime(result.timestampMs),
  });
}

/** JSON of what a device may forget [P-32]. */
export function encodeStoredUpTo({ boot, seq }: StoredUpTo): string {
  return `{"v":1,"boot":${boot},"seq":${seq}}`;
}

function requireScalar(request: InferenceRequest, quantity: string): number {
  const value = request.scalars[quantity];
  if (value !== undefined && Number.isFinite(value)) return value;
  const what = `inference request of ${request.deviceId}: ${quantity} is ${value ?? 'missing'}`;
  throw new LouverError('E_CONFIG', `${what}, expected a finite number: make a request once both are known (P-22)`);
}

/** RFC 3339 in UTC. Throws `E_CONFIG` beyond the calendar. */
export function isoTime(ms: number): string {
  // Beyond ±8.64e15 ms a Date is invalid and toISOString throws its own error.
  if (Math.abs(ms) <= 8.64e15) return new Date(ms).toISOString();
  throw new LouverError('E_CONFIG', `time is ${ms} ms since 1970, expected a date`);
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function finiteOrZero(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

function finiteOrUndefined(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
