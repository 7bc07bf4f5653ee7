import type { ConfigReported } from '@louver/core';
import { CONFIG_MEMBERS } from '../protocol/config-members.js';
import { eventBase, type DecodeContext } from './decode-context.js';
import { ofNow } from './decode-state.js';
import { isUint32 } from './envelope.js';
import type { JsonObject } from './json.js';
import { poison, shown } from './poison.js';

/** Longest reason that is kept, in characters, and most names: they go into a column. */
const MAX_REASON = 200;
const MAX_UNKNOWN = 20;
const MAX_NAME = 64;

/** What a device says of a configuration that it was offered [P-36]. Throws `E_DECODE` without a word on whether it is applied. */
export function decodeConfigReport(body: JsonObject, context: DecodeContext): readonly ConfigReported[] {
  const { version, applied, reason, in_force: inForce, unknown } = body;
  if (typeof applied !== 'boolean') {
    throw poison('wrong-type', `applied is ${shown(applied)}, expected true or false`, context.deviceId);
  }
  if (applied && !isUint32(version)) {
    throw poison('wrong-type', `version is ${shown(version)}, expected that of what is applied`, context.deviceId);
  }
  const values = CONFIG_MEMBERS.flatMap(({ name }) => {
    const value = body[name];
    return applied && typeof value === 'number' && Number.isFinite(value) ? [[name, value] as const] : [];
  });
  return [
    {
      kind: 'config-reported',
      ...eventBase(context, ofNow(context)),
      ...(isUint32(version) && { version }),
      applied,
      reason: typeof reason === 'string' ? reason.slice(0, MAX_REASON) : '',
      ...(isUint32(inForce) && { inForceVersion: inForce }),
      values: Object.fromEntries(values),
      unknown: namesOf(unknown),
    },
  ];
}

/** A list of names, or one text with commas. */
function namesOf(unknown: unknown): readonly string[] {
  const names: readonly unknown[] =
    typeof unknown === 'string' ? unknown.split(',') : Array.isArray(unknown) ? unknown : [];
  return names
    .filter((name) => typeof name === 'string')
    .map((name) => name.trim().slice(0, MAX_NAME))
    .filter((name) => name !== '')
    .slice(0, MAX_UNKNOWN);
}
