import { CONFIG_MEMBERS } from './config-members.js';
import { PROTOCOL_LIMITS } from './limits.js';

/** What is in force in a device, by the names of P-36; `version` 0 or none: never configured. */
export type ConfigValues = Readonly<Record<string, number>>;

/** What a device does with a configuration that is offered to it [P-36]. */
export type ConfigJudgement =
  | { readonly applied: true; readonly values: ConfigValues; readonly unknown: readonly string[] }
  | { readonly applied: false; readonly reason: string };

/**
 * Whether a device applies the payload of `sensor/{id}/config`, as the firmware decides: all of it or nothing, and only when its
 * `version` is newer than the one in force. Members that it does not know are named and change nothing.
 */
export function judgeConfig(payload: Uint8Array | string, inForce: ConfigValues): ConfigJudgement {
  const offered = parsed(payload);
  if (offered === undefined) return refused('not JSON');
  const version = offered.version;
  if (!isWhole(version, 1, PROTOCOL_LIMITS.uint32)) {
    return refused(`version out of range 1..${PROTOCOL_LIMITS.uint32}`);
  }
  if (version <= (inForce.version ?? 0)) return refused('not newer');
  const values: Record<string, number> = { ...inForce, version };
  for (const { name, type, min, max } of CONFIG_MEMBERS) {
    const value = offered[name];
    if (value === undefined) continue;
    const fits = typeof value === 'number' && value >= min && value <= max && (type === 'number' || value % 1 === 0);
    if (!fits) return refused(`${name} out of range ${min}..${max}`);
    values[name] = value;
  }
  const { switch_on_above: above, switch_off_below: below } = values;
  if (above !== undefined && below !== undefined && below > above) {
    return refused('switch_off_below above switch_on_above');
  }
  const known = new Set(['version', ...CONFIG_MEMBERS.map(({ name }) => name)]);
  return { applied: true, values, unknown: Object.keys(offered).filter((name) => !known.has(name)) };
}

function refused(reason: string): ConfigJudgement {
  return { applied: false, reason };
}

function parsed(payload: Uint8Array | string): Record<string, unknown> | undefined {
  try {
    const text = typeof payload === 'string' ? payload : new TextDecoder('utf-8', { fatal: true }).decode(payload);
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told by the caller.
  }
  return undefined;
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && value % 1 === 0 && value >= min && value <= max;
}
