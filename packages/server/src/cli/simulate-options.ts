import { LouverError } from '@louver/core';
import { SIMULATED_QUANTITIES, type SimulatedQuantity } from '@louver/device-esp32';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { numberArgument, secondsOption, wholeArgument } from './argument-parsers.js';
import type { ConnectionOptions } from './connection-options.js';

export interface SimulateOptions extends ConnectionOptions {
  readonly devices: number;
  readonly sensors: readonly Sensor[];
  /** These in milliseconds of the devices' time. */
  readonly interval: number;
  readonly audioInterval: number;
  readonly duration?: number;
  readonly storm?: number;
  /** In real milliseconds. */
  readonly linger: number;
  /** Messages in a real second. */
  readonly rate?: number;
  readonly timeFactor: number;
  /** Shares, 0..1. */
  readonly clockFaults: number;
  readonly duplicates: number;
  readonly seed: number;
  readonly prefix: string;
  readonly json?: boolean;
}

export type Sensor = SimulatedQuantity | 'audio';

const SENSORS: readonly Sensor[] = [...SIMULATED_QUANTITIES, 'audio'];
/** With --clock-faults or --duplicates and nothing behind it. */
const USUAL_SHARE = 0.1;

/** What to simulate, as options of the command. */
export function withSimulateOptions(command: Command): Command {
  return command
    .option('--devices <n>', 'how many', wholeArgument(1, 10_000), 3)
    .addOption(
      new Option('--sensors <list>', 'what each has, with commas between')
        .argParser(sensorsArgument)
        .default(SENSORS, SENSORS.join(',')),
    )
    .addOption(secondsOption('--interval', 'between two readings of each sensor but the microphone', 5))
    .addOption(
      new Option('--rate <n>', 'messages with readings in a second, of all devices together, instead of --interval')
        .argParser(rateArgument)
        .conflicts('interval'),
    )
    .addOption(secondsOption('--audio-interval', 'between two recordings, 0 for none', 30, 'none'))
    .addOption(secondsOption('--duration', 'how long; without it until Ctrl+C'))
    .addOption(
      new Option('--time-factor <n>', "lets the devices' time, which intervals are in, pass so many times faster")
        .argParser(factorArgument)
        .default(1),
    )
    .addOption(
      new Option('--storm <time>', 'cuts all connections every so often, e.g. 60s or 5m').argParser(spanArgument),
    )
    .addOption(shareOption('--clock-faults', 'share of the devices whose clock is wrong'))
    .addOption(shareOption('--duplicates', 'share of the readings that are sent twice'))
    .addOption(
      secondsOption('--linger', 'stay connected after --duration, for commands that are still to come', 0, 'not'),
    )
    .option('--seed <n>', 'the same seed makes the same weather and rooms', wholeArgument(0, 0xffffffff), 1)
    .option('--prefix <text>', 'devices are named PREFIX-1, PREFIX-2, …', 'sim')
    .option('--json', 'a ledger as JSON at the end, with each device (how it goes: on stderr)');
}

/** When each device measures. Milliseconds of the devices' time. @throws LouverError `E_CONFIG` when options do not fit together. */
export function pace(options: SimulateOptions): {
  readonly quantities: readonly SimulatedQuantity[];
  readonly intervalMs: number;
  /** 0: no recordings. */
  readonly audioIntervalMs: number;
} {
  const { devices, sensors, rate, timeFactor, duration } = options;
  const quantities = SIMULATED_QUANTITIES.filter((quantity) => sensors.includes(quantity));
  const audioIntervalMs = sensors.includes('audio') ? options.audioInterval : 0;
  if (quantities.length === 0 && audioIntervalMs === 0) {
    refuse('--sensors audio with --audio-interval 0 makes no messages', 'another sensor or an interval above 0');
  }
  if (timeFactor !== 1 && duration === undefined) {
    refuse(`--time-factor ${timeFactor} without --duration`, "it, because the devices' time is to end at the present");
  }
  if (rate === undefined) return { quantities, intervalMs: options.interval, audioIntervalMs };
  if (quantities.length === 0)
    return { quantities, intervalMs: 1, audioIntervalMs: (devices / rate) * 1000 * timeFactor };
  const recordings = audioIntervalMs === 0 ? 0 : (devices / audioIntervalMs) * 1000 * timeFactor;
  if (rate <= recordings) {
    const found = `--rate ${rate} with ${Number(recordings.toFixed(1))} recordings/s of ${devices} devices alone`;
    refuse(found, 'a larger rate or a longer --audio-interval');
  }
  const intervalMs = ((devices * quantities.length) / (rate - recordings)) * 1000 * timeFactor;
  return { quantities, intervalMs, audioIntervalMs };
}

function refuse(found: string, expected: string): never {
  throw new LouverError('E_CONFIG', `found ${found}, expected ${expected}`);
}

function sensorsArgument(text: string): readonly Sensor[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(SENSORS as readonly string[]).includes(name));
  if (unknown === undefined) return SENSORS.filter((sensor) => names.includes(sensor));
  throw new InvalidArgumentError(`Found ${JSON.stringify(unknown)}, expected some of ${SENSORS.join(', ')}.`);
}

function rateArgument(text: string): number {
  const value = numberArgument(text);
  if (value >= 0.001 && value <= 1_000_000) return value;
  throw new InvalidArgumentError('Expected messages per second from 0.001 to 1000000.');
}

function factorArgument(text: string): number {
  const value = numberArgument(text);
  if (value >= 1 && value <= 1_000) return value;
  throw new InvalidArgumentError('Expected a number from 1 (real time) to 1000.');
}

function shareOption(flag: string, description: string): Option {
  return new Option(`${flag} [share]`, `${description}, 0 to 1 (${USUAL_SHARE} when only the option is given)`)
    .argParser((text) => {
      const value = numberArgument(text);
      if (value >= 0 && value <= 1) return value;
      throw new InvalidArgumentError('Expected a share from 0 (none) to 1 (all).');
    })
    .preset(String(USUAL_SHARE))
    .default(0);
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** `60s`, `5m`, or seconds without a unit; as milliseconds. */
function spanArgument(text: string): number {
  const [, count, unit = 's'] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = count === undefined ? NaN : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  if (ms >= 1 && ms <= 86_400_000) return ms;
  throw new InvalidArgumentError('Expected a time up to a day, e.g. 60s, 5m or 1h.');
}
