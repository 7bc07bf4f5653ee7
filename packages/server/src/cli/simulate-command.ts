import { randomInt } from 'node:crypto';
import { Outdoors, seededRandom } from '@louver/device-esp32';
import { Command } from 'commander';
import { DeviceConnection } from '../demo/device-connection.js';
import { secondsOption, wholeArgument } from './argument-parsers.js';
import { connectClient } from './client-connection.js';
import { processEnvironment, type CommandEnvironment } from './command-environment.js';
import {
  destinationOf,
  withConnectionOptions,
  type ConnectionOptions,
  type Destination,
} from './connection-options.js';
import { SimulationTally } from './simulation-tally.js';

interface SimulateOptions extends ConnectionOptions {
  readonly devices: number;
  /** These three in milliseconds. */
  readonly interval: number;
  readonly audioInterval: number;
  readonly duration?: number;
  readonly seed: number;
  readonly prefix: string;
}

const REPORT_MS = 5_000;
/** Devices that are switched on in the same moment would measure in the same moment for ever. */
const MAX_SPREAD_MS = 5_000;

/** `louver simulate`: simulated devices over real MQTT, a connection and a last will for each, and what became of their messages. */
export function simulateCommand(environment: CommandEnvironment = processEnvironment): Command {
  return withConnectionOptions(new Command('simulate').description('run simulated devices against a broker'))
    .option('--devices <n>', 'how many', wholeArgument(1, 10_000), 3)
    .addOption(secondsOption('--interval', 'between two pairs of temperature and humidity', 5))
    .addOption(secondsOption('--audio-interval', 'between two recordings, 0 for none', 30, 'none'))
    .addOption(secondsOption('--duration', 'how long; without it until Ctrl+C'))
    .option('--seed <n>', 'the same seed makes the same weather and rooms', wholeArgument(0, 0xffffffff), 1)
    .option('--prefix <text>', 'devices are named PREFIX-1, PREFIX-2, …', 'sim')
    .action((options: SimulateOptions) => simulate(options, environment));
}

async function simulate(options: SimulateOptions, environment: CommandEnvironment): Promise<void> {
  const { clock, monotonicMs, print, untilInterrupted } = environment;
  const destination = await destinationOf(options, environment);
  // A wrong URL or user is told at once, and not by every device.
  await (await connectClient(destination.access)).endAsync(true);
  const interruption = untilInterrupted();
  const over = new AbortController();
  const tally = new SimulationTally(options.devices, () => over.abort());
  interruption.signal.addEventListener('abort', () => over.abort());
  const beganMs = monotonicMs();
  const connections: DeviceConnection[] = [];
  try {
    if (options.duration !== undefined) void clock.sleep(options.duration, over.signal).then(() => over.abort());
    const reporting = report(tally, environment, over.signal);
    await startDevices(connections, options, destination, tally, environment, over.signal);
    await reporting;
  } finally {
    over.abort();
    await Promise.all(connections.map((connection) => connection.close()));
    interruption.release();
  }
  print(tally.summary((monotonicMs() - beganMs) / 1000));
  if (tally.refusal !== undefined) throw tally.refusal;
}

/** Switches the devices on one after the other. */
async function startDevices(
  connections: DeviceConnection[],
  { devices, interval, audioInterval, duration = Infinity, seed, prefix }: SimulateOptions,
  { access, topics }: Destination,
  tally: SimulationTally,
  { clock, monotonicMs }: CommandEnvironment,
  signal: AbortSignal,
): Promise<void> {
  const outdoors = new Outdoors({ random: seededRandom(seed) });
  const spreadMs = Math.min(MAX_SPREAD_MS, interval, duration / 4);
  for (let i = 0; i < devices && !signal.aborted; i++) {
    if (i > 0) await clock.sleep(spreadMs / devices, signal);
    const random = seededRandom(seed + 1 + i);
    const connection = new DeviceConnection({
      access,
      monotonicMs,
      observer: tally.observer(),
      device: {
        deviceId: `${prefix}-${i + 1}`,
        clock,
        random,
        // A new run is a new boot: the same weather must not make the server take its readings for repetitions.
        boot: randomInt(0x1_0000_0000),
        outdoors,
        topics,
        intervalMs: interval,
        audioIntervalMs: audioInterval,
        room: { volumeM3: 20 + 40 * random(), temperatureC: 18 + 5 * random(), relativeHumidity: 35 + 25 * random() },
      },
    });
    connection.start();
    connections.push(connection);
  }
}

/** A line every 5 s until `signal` aborts. */
async function report(
  tally: SimulationTally,
  { clock, print }: CommandEnvironment,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(REPORT_MS, signal);
    if (signal.aborted) return;
    print(`${new Date(clock.now()).toISOString()}  ${tally.line()}`);
  }
}
