import type { ConfigReported, EpochMs } from '../event.js';

/** Settings by name, and the version that tells a newer set from an older one. */
export interface ConfigSet {
  readonly version: number;
  readonly values: Readonly<Record<string, number>>;
}

/** What a device has said of a configuration that it was offered. */
export interface ConfigReport {
  /** The one that was offered; absent when the device could not read it. */
  readonly version?: number;
  readonly applied: boolean;
  /** Why not; `''` when it is. */
  readonly reason: string;
  /** Members that the device does not know. */
  readonly unknown: readonly string[];
  readonly atMs: EpochMs;
}

/** How a device should work, and how it does (P-36). */
export interface DeviceConfig {
  /** Absent: nobody wants anything. */
  readonly desired?: ConfigSet & { readonly atMs: EpochMs };
  readonly reported?: ConfigReport;
  /** As far as the device has said. */
  readonly inForce?: ConfigSet;
}

/** The column `config` of a device, taken apart. Others may keep members of their own there. */
export function readConfig(column: string): DeviceConfig {
  const members = membersOf(column);
  const desired = setOf(members['desired']);
  const reported = reportOf(members['reported'], timeOf(members['reported_at']));
  const inForce = setOf(members['in_force']);
  return {
    ...(desired && { desired: { ...desired, atMs: timeOf(members['desired_at']) } }),
    ...(reported && { reported }),
    ...(inForce && { inForce }),
  };
}

/** The column with another configuration in it: members of others stay. What was no JSON object is replaced. */
export function writeConfig(column: string, { desired, reported, inForce }: DeviceConfig): string {
  const { atMs, ...report } = reported ?? { atMs: undefined };
  return JSON.stringify({
    ...membersOf(column),
    // Undefined members are left out of the JSON.
    desired: desired && { ...desired.values, version: desired.version },
    desired_at: isoTime(desired?.atMs),
    reported: reported && report,
    reported_at: isoTime(atMs),
    in_force: inForce && { ...inForce.values, version: inForce.version },
  });
}

/** Where a configuration stands. */
export function configState({
  desired,
  reported,
  inForce,
}: DeviceConfig): 'unset' | 'pending' | 'in-force' | 'refused' {
  if (desired === undefined) return 'unset';
  if (inForce?.version === desired.version) return 'in-force';
  return reported?.applied === false && reported.version === desired.version ? 'refused' : 'pending';
}

/** The version that a new set of settings gets: newer than all that the device has seen. */
export function nextVersion({ desired, inForce }: DeviceConfig): number {
  return Math.max(desired?.version ?? 0, inForce?.version ?? 0) + 1;
}

/** What people want now. The same once more keeps its version, unless the device has refused that, or has seen a newer one. */
export function withDesired(
  config: DeviceConfig,
  values: Readonly<Record<string, number>>,
  atMs: EpochMs,
): DeviceConfig {
  const { desired, inForce } = config;
  const canBeTaken =
    desired !== undefined && configState(config) !== 'refused' && desired.version >= (inForce?.version ?? 0);
  if (canBeTaken && isSame(desired.values, values)) return config;
  return { ...config, desired: { version: nextVersion(config), values, atMs } };
}

/** What the device says now; the same object when that is nothing new. */
export function withReport(config: DeviceConfig, event: ConfigReported): DeviceConfig {
  const { version, applied, reason, unknown, inForceVersion, values, receivedAtMs: atMs } = event;
  const { reported, inForce } = config;
  if (reported !== undefined && atMs < reported.atMs) return config;
  const works = applied ? { version: version ?? 0, values } : inForceOf(inForce, inForceVersion);
  const report = { ...(version !== undefined && { version }), applied, reason, unknown, atMs };
  const isOld = reported !== undefined && isSame({ ...reported, atMs }, report);
  // A broker offers it again with every connection.
  const isKnown = !applied && version === inForce?.version && version !== undefined;
  if ((isOld || isKnown) && isSame(works, inForce)) return config;
  return { ...config, reported: report, ...(works && { inForce: works }) };
}

/** Of another version than the one that was reported nothing is known but its number. */
function inForceOf(known: ConfigSet | undefined, version: number | undefined): ConfigSet | undefined {
  return version === undefined || version === known?.version ? known : { version, values: {} };
}

function membersOf(column: string): Readonly<Record<string, unknown>> {
  try {
    const members: unknown = JSON.parse(column);
    if (isObject(members)) return members;
  } catch {
    // A person's text.
  }
  return {};
}

function setOf(found: unknown): ConfigSet | undefined {
  if (!isObject(found)) return undefined;
  const { version, ...rest } = found;
  if (typeof version !== 'number') return undefined;
  const values = Object.entries(rest).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return { version, values: Object.fromEntries(values) };
}

function reportOf(found: unknown, atMs: EpochMs): ConfigReport | undefined {
  if (!isObject(found) || typeof found['applied'] !== 'boolean') return undefined;
  const { version, applied, reason, unknown } = found;
  return {
    ...(typeof version === 'number' && { version }),
    applied,
    reason: typeof reason === 'string' ? reason : '',
    unknown: Array.isArray(unknown) ? unknown.filter((name) => typeof name === 'string') : [],
    atMs,
  };
}

function timeOf(found: unknown): EpochMs {
  const ms = typeof found === 'string' ? Date.parse(found) : NaN;
  return Number.isNaN(ms) ? 0 : ms;
}

function isoTime(ms: EpochMs | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** Whatever the order of their members. */
function isSame(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return a === b || (Array.isArray(a) && JSON.stringify(a) === JSON.stringify(b));
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && isSame(a[name], b[name]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
