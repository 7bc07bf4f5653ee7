import { DEVICE_COMMANDS } from './limits.js';

/** A command to a device that it would obey [P-35]. */
export interface DeviceCommand {
  readonly command: string;
  readonly parameters: Readonly<Record<string, number>>;
}

/** What is wrong with one, member by member; names of parameters begin with `parameters.`. */
export interface CommandFault {
  readonly member: string;
  readonly detail: string;
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}

const COMMANDS: Readonly<Record<string, Readonly<Record<string, Range>>>> = DEVICE_COMMANDS;

/** Whether a device would obey a command with these members [P-35], and if not, everything that is wrong. */
export function judgeCommand({
  command,
  parameters = {},
}: Readonly<Record<string, unknown>>): DeviceCommand | { readonly faults: readonly CommandFault[] } {
  const ranges = typeof command === 'string' && Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (ranges === undefined) {
    const detail = `is ${said(command)}, expected ${Object.keys(COMMANDS).join(', ')}`;
    return { faults: [{ member: 'command', detail }] };
  }
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    return { faults: [{ member: 'parameters', detail: 'is no object' }] };
  }
  const given = parameters as Readonly<Record<string, unknown>>;
  const names = Object.keys(ranges);
  const faults = Object.keys(given)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      member: `parameters.${name.slice(0, MAX_SAID)}`,
      detail: `is unknown here, expected ${names.length === 0 ? 'no parameters' : names.join(', ')}`,
    }));
  const taken: Record<string, number> = {};
  for (const [name, { min, max, unit }] of Object.entries(ranges)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (typeof value === 'number' && value % 1 === 0 && value >= min && value <= max) taken[name] = value;
    else {
      const detail = `is ${said(value)}, expected a whole number from ${min} to ${max} (${unit})`;
      faults.push({ member: `parameters.${name}`, detail });
    }
  }
  return faults.length > 0 ? { faults } : { command: command as string, parameters: taken };
}

const MAX_SAID = 60;

function said(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  const text = JSON.stringify(value);
  return text.length > MAX_SAID ? `${text.slice(0, MAX_SAID)}…` : text;
}
