import type { CommandSeen, WindowCommand } from '@louver/core';
import { eventBase, type DecodeContext } from './decode-context.js';
import type { Envelope } from './envelope.js';
import { requireNumber, type JsonObject } from './json.js';
import { poison, shown } from './poison.js';
import { parseRfc3339 } from './rfc3339.js';

type Source = WindowCommand['source'];

const SOURCES: ReadonlySet<unknown> = new Set<Source>(['model', 'manual', 'rule', 'failsafe']);

/** Ids become keys of maps and columns: ours have 32 characters, others' may be UUIDs or paths. */
const MAX_ID_LENGTH = 256;

/**
 * A command seen on the wire [P-21, P-23]. Strict where it moves a window (`position`, `confidence`, `expires_at`), lenient where it only
 * explains (`features_used`): a legacy service's command was carried out whatever it gave as its reason.
 */
export function decodeControl(body: JsonObject, envelope: Envelope, context: DecodeContext): readonly CommandSeen[] {
  const { deviceId } = context;
  const position = requireNumber(body, 'position', deviceId);
  if (!(position >= 0 && position <= 100)) {
    throw poison('out-of-range', `position is ${position}, expected 0..100 percent open`, deviceId);
  }
  const confidence = body.confidence == null ? NaN : requireNumber(body, 'confidence', deviceId);
  if (confidence < 0 || confidence > 1) {
    throw poison('out-of-range', `confidence is ${confidence}, expected 0..1`, deviceId);
  }
  const commandId = textOr(body.command_id, '');
  if (commandId.length > MAX_ID_LENGTH) {
    throw poison(
      'wrong-type',
      `command_id has ${commandId.length} characters, expected at most ${MAX_ID_LENGTH}`,
      deviceId,
    );
  }
  const messageId = commandId === '' ? envelope.messageId : commandId;
  const used = isObject(body.features_used) ? body.features_used : {};
  const groups = used.audio_features;
  const expiresAtMs = readExpiry(body.expires_at, deviceId);
  const inferenceMs = body.inference_time_ms;
  const modelVersion = textOr(body.model_version, '');
  const audioSha256 = textOr(body.audio_hash, '');
  const command: WindowCommand = {
    kind: 'window',
    deviceId,
    commandId: messageId,
    requestId: textOr(body.request_id, ''),
    timestampMs: envelope.timestampMs,
    source: SOURCES.has(body.source) ? (body.source as Source) : 'external',
    position,
    confidence,
    featuresUsed: {
      temperature: numberOrNaN(used.temperature),
      humidity: numberOrNaN(used.humidity),
      audioFeatures: Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : [],
    },
    ...(expiresAtMs === undefined ? undefined : { expiresAtMs }),
    ...(modelVersion === '' ? undefined : { modelVersion }),
    ...(typeof inferenceMs === 'number' && Number.isFinite(inferenceMs) ? { inferenceMs } : undefined),
    ...(audioSha256 === '' ? undefined : { audioSha256 }),
  };
  const base = eventBase(context, envelope, messageId);
  return [{ kind: 'command-seen', ...base, identified: envelope.identified || commandId !== '', command }];
}

function readExpiry(value: unknown, deviceId: string): number | undefined {
  if (value == null || value === '') return undefined;
  const ms = typeof value === 'string' ? parseRfc3339(value) : NaN;
  if (!Number.isNaN(ms)) return ms;
  // Taken as "never expires" it could move a window hours later.
  throw poison('bad-timestamp', `expires_at is ${shown(value)}, expected RFC 3339 with its offset`, deviceId);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}

function numberOrNaN(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : NaN;
}
