import { configState, LouverError, nextVersion, type DeviceConfig, type DeviceControl } from '@louver/core';
import { CONFIG_MEMBERS, judgeConfig } from '@louver/device-esp32';
import type { ApiContext } from './api-types.js';
import { jsonBody } from './json-body.js';
import { noDevices, unknownMembers, unlessKnown } from './order-endpoint.js';
import { deviceParameters, readParameters } from './parameters.js';
import { badParameters, type ParameterError } from './problem-document.js';
import { isoTime } from './representation.js';
import { storageAway } from './storage-guard.js';

const MEMBERS = CONFIG_MEMBERS.map(({ name }) => name);

type Body = Readonly<Record<string, unknown>>;

/** `GET /api/devices/{id}/config`: how a device should work, and how it does (P-36). */
export function showConfig(c: ApiContext, devices: DeviceControl | undefined): Response {
  const found = deviceOf(c, devices);
  if (found instanceof Response) return found;
  return c.json(configJson(found.id, found.config));
}

/** `PUT /api/devices/{id}/config`: how it should work from now on. 202: the broker has it not yet. */
export async function configure(c: ApiContext, devices: DeviceControl | undefined): Promise<Response> {
  const parsed = readParameters(c, deviceParameters);
  if (!parsed.ok) return badParameters(c, parsed.errors);
  const body = await jsonBody(c, '{"interval_s": 30, "audio_interval_s": 600}');
  if (body instanceof Response) return body;
  // After the body: from here on nothing comes in between, the version that is judged is the one that it gets.
  const found = deviceOf(c, devices);
  if (found instanceof Response) return found;
  const { id, config } = found;
  const errors = problemsOf(body, config);
  if (errors.length > 0) return badParameters(c, errors);
  const isPublished = await found.devices.configure(id, body as Readonly<Record<string, number>>);
  return c.json(configJson(id, found.devices.config(id) ?? {}), isPublished ? 200 : 202);
}

interface Found {
  readonly id: string;
  readonly config: DeviceConfig;
  readonly devices: DeviceControl;
}

function deviceOf(c: ApiContext, devices: DeviceControl | undefined): Found | Response {
  const parsed = readParameters(c, deviceParameters);
  if (!parsed.ok) return badParameters(c, parsed.errors);
  if (devices === undefined) return noDevices(c);
  const { id } = parsed.value;
  const stranger = unlessKnown(c, devices, id);
  if (stranger !== undefined) return stranger;
  try {
    return { id, config: devices.config(id) ?? {}, devices };
  } catch (error) {
    if (LouverError.is(error) && error.code === 'E_STORAGE_UNAVAILABLE') return storageAway(c, error.message);
    throw error;
  }
}

/** Everything that the device would refuse, judged as it does it. */
function problemsOf(body: Body, config: DeviceConfig): readonly ParameterError[] {
  if ('version' in body) {
    return [{ parameter: 'version', detail: 'is raised here, expected only what is to be set' }];
  }
  const unknown = unknownMembers(body, MEMBERS);
  if (unknown.length > 0) return unknown;
  if (Object.keys(body).length === 0) {
    return [{ parameter: 'body', detail: `sets nothing, expected some of ${MEMBERS.join(', ')}` }];
  }
  const version = nextVersion(config);
  const alone = Object.entries(body).flatMap(([name, value]) => refusal({ [name]: value }, version, {}, name));
  return alone.length > 0 ? alone : refusal(body, version, config.inForce?.values ?? {}, 'body');
}

function refusal(
  body: Body,
  version: number,
  inForce: Readonly<Record<string, number>>,
  parameter: string,
): readonly ParameterError[] {
  const judged = judgeConfig(JSON.stringify({ ...body, version }), { ...inForce, version: 0 });
  return judged.applied ? [] : [{ parameter, detail: judged.reason.replace(`${parameter} `, 'is ') }];
}

function configJson(id: string, config: DeviceConfig): object {
  const { desired, reported, inForce } = config;
  return {
    device_id: id,
    state: configState(config),
    desired: desired === undefined ? null : { version: desired.version, ...desired.values },
    desired_at: desired === undefined ? null : isoTime(desired.atMs),
    reported: reported === undefined ? null : reportJson(reported, inForce),
    reported_at: reported === undefined ? null : isoTime(reported.atMs),
    in_force: inForce === undefined ? null : { version: inForce.version, ...inForce.values },
  };
}

function reportJson(
  { atMs: _atMs, ...reported }: NonNullable<DeviceConfig['reported']>,
  inForce: DeviceConfig['inForce'],
): object {
  const { applied, reason, unknown, version = null } = reported;
  if (!applied) return { version, applied, reason, unknown };
  return { version, applied, ...inForce?.values, unknown };
}
