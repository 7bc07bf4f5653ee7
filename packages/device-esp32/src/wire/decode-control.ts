import type { CommandSeen, WindowCommand } from '@louver/core';
import { COMMAND_SOURCES } from '../protocol/limits.js';
import { eventBase, type DecodeContext } from './decode-context.js';
import type { Envelope } from './envelope.js';
import { readId, requireNumber, type JsonObject } from './json.js';
import { poison, shown } from './poison.js';
import { parseRfc3339 } from './rfc3339.js';

type Source = WindowCommand['source'];

const SOURCES: ReadonlySet<unknown> = new Set<Source>(COMMAND_SOURCES);

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
  const unknown: readonly unknown[] = Array.isArray(body.unknown) ? body.unknown : [];
  const confidence =
    body.confidence == null || unknown.includes('confidence') ? NaN : requireNumber(body, 'confidence', deviceId);
  if (confidence < 0 || confidence > 1) {
    throw poison('out-of-range', `confidence is ${confidence}, expected 0..1`, deviceId);
  }
  const commandId = readId(body, 'command_id', deviceId);
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
    requestId: readId(body, 'request_id', deviceId),
    timestampMs: envelope.timestampMs,
    source: SOURCES.has(body.source) ? (body.source as Source) : 'external',
    position,
    confidence,
    featuresUsed: {
      temperature: unknown.includes('temperature') ? NaN : numberOrNaN(used.temperature),
      humidity: unknown.includes('humidity') ? NaN : numberOrNaN(used.humidity),
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
