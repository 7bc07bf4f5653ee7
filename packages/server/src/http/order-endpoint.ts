import { LouverError, withoutCode, type DeviceControl } from '@louver/core';
import { judgeCommand, type CommandFault, type DeviceCommand } from '@louver/device-esp32';
import type { ApiContext } from './api-types.js';
import { jsonBody } from './json-body.js';
import { deviceParameters, readParameters } from './parameters.js';
import { badParameters, problem, type ParameterError } from './problem-document.js';
import { isoTime } from './representation.js';
import { storageAway } from './storage-guard.js';

const EXAMPLE = '{"command": "set_sampling_rate", "parameters": {"rate_seconds": 60}}';
const SET_WINDOW = 'set_window';
const MEMBERS = ['command', 'parameters'];

/** `POST /api/devices/{id}/commands`: tells a device to do something (P-35). 202: whether it does, it says itself. */
export async function giveCommand(c: ApiContext, devices: DeviceControl | undefined): Promise<Response> {
  const parsed = readParameters(c, deviceParameters);
  if (!parsed.ok) return badParameters(c, parsed.errors);
  if (devices === undefined) return noDevices(c);
  const body = await jsonBody(c, EXAMPLE);
  if (body instanceof Response) return body;
  const { id } = parsed.value;
  const judged = body['command'] === SET_WINDOW ? judgeMove(body) : judgeCommand(body);
  const errors = [...unknownMembers(body, MEMBERS), ...('faults' in judged ? judged.faults.map(errorOf) : [])];
  if ('faults' in judged || errors.length > 0) return badParameters(c, errors);
  const stranger = unlessKnown(c, devices, id);
  if (stranger !== undefined) return stranger;
  const { command, parameters } = judged;
  try {
    const giving =
      command === SET_WINDOW ? devices.move(id, parameters['position']!) : devices.order(id, command, parameters);
    const { commandId, expiresAtMs } = await giving;
    const answer = { device_id: id, command_id: commandId, command, parameters, expires_at: isoTime(expiresAtMs) };
    return c.json(answer, 202);
  } catch (error) {
    return brokerAway(c, error);
  }
}

function errorOf({ member, detail }: CommandFault): ParameterError {
  return { parameter: member, detail: member === 'command' ? `${detail}, ${SET_WINDOW}` : detail };
}

/** What a person wants of the window is no command to the device, but one like the model's (P-21). */
function judgeMove({ parameters = {} }: Readonly<Record<string, unknown>>): DeviceCommand | { faults: CommandFault[] } {
  const isObject = typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters);
  if (!isObject) return { faults: [{ member: 'parameters', detail: 'is no object' }] };
  const { position, ...others } = parameters as Readonly<Record<string, unknown>>;
  const faults = Object.keys(others).map((name) => ({
    member: `parameters.${name.slice(0, 60)}`,
    detail: 'is unknown here, expected position',
  }));
  if (typeof position === 'number' && position >= 0 && position <= 100) {
    return faults.length > 0 ? { faults } : { command: SET_WINDOW, parameters: { position } };
  }
  faults.push({ member: 'parameters.position', detail: 'expected a number from 0 to 100, percent open' });
  return { faults };
}

/** A misspelt member would be left out in silence. */
export function unknownMembers(body: object, known: readonly string[]): readonly ParameterError[] {
  return Object.keys(body)
    .filter((name) => !known.includes(name))
    .map((name) => ({ parameter: name.slice(0, 80), detail: `is unknown here, expected ${known.join(', ')}` }));
}

export function noDevices(c: ApiContext): Response {
  const headers = { connection: 'close' };
  return problem(c, 'not-in-this-role', 'this server has no devices (its role): ask the one that takes readings in', {
    headers,
  });
}

/** The answer that refuses a device that there is not. */
export function unlessKnown(c: ApiContext, devices: DeviceControl, deviceId: string): Response | undefined {
  const isKnown = devices.knows(deviceId);
  if (isKnown === true) return undefined;
  if (isKnown === undefined) return storageAway(c, 'it has not said yet which devices there are');
  return problem(c, 'unknown-device', `there is no device ${deviceId}: it is registered by its first message`);
}

/** Only a matter of time. Throws what is not. */
export function brokerAway(c: ApiContext, error: unknown): Response {
  if (!LouverError.is(error) || !['E_TRANSPORT', 'E_TIMEOUT', 'E_NOT_OPEN'].includes(error.code)) throw error;
  const detail = `the broker does not take it: ${withoutCode(error.message)}. The device may be told all the same, later`;
  return problem(c, 'broker-unavailable', detail, { headers: { 'retry-after': '5' } });
}
