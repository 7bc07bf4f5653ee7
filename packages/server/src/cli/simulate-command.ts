import { keepAlive, LouverError } from '@louver/core';
import { Command } from 'commander';
import { compressedClock } from '../simulator/compressed-clock.js';
import { Fleet } from '../simulator/fleet.js';
import { connectClient } from './client-connection.js';
import { CommandExit } from './command-exit.js';
import { processEnvironment, type CommandEnvironment } from './command-environment.js';
import { destinationOf, withConnectionOptions, type Destination } from './connection-options.js';
import { pace, withSimulateOptions, type SimulateOptions } from './simulate-options.js';
import { SimulationTally } from './simulation-tally.js';

const REPORT_MS = 5_000;
/** Where a line is written over the one before. */
const REWRITE_MS = 500;
/** Devices that are switched on in the same moment would measure in the same moment for ever: so long for each hundred of them. */
const SPREAD_MS = 5_000;
/** How long the end waits for acknowledgements; somebody who interrupts does not want to wait. */
const SETTLE_MS = 10_000;
const INTERRUPTED_MS = 2_000;

/** `louver simulate`: simulated devices over real MQTT, a connection and a last will for each, and what became of their messages. */
export function simulateCommand(environment: CommandEnvironment = processEnvironment): Command {
  const command = new Command('simulate').description('run simulated devices against a broker');
  return withSimulateOptions(withConnectionOptions(command)).action((options: SimulateOptions) =>
    simulate(options, environment),
  );
}

async function simulate(options: SimulateOptions, environment: CommandEnvironment): Promise<void> {
  const { clock, monotonicMs, print, remark, untilInterrupted } = environment;
  const { duration, linger, timeFactor, json = false } = options;
  const say = json ? remark : print;
  const paces = pace(options);
  const destination = await destinationOf(options, environment);
  requireSocket(destination);
  environment.staySmall?.();
  // A wrong URL or user is told at once, and not by every device.
  await (await connectClient(destination.access)).endAsync(true);
  const interruption = untilInterrupted();
  // While the broker is away there is no socket that would.
  const letGo = keepAlive();
  const over = new AbortController();
  const reported = new AbortController();
  const tally = new SimulationTally(
    options.devices,
    () => over.abort(),
    ({ message }) => remark(`louver: ${message}; the devices keep trying`),
  );
  interruption.signal.addEventListener('abort', () => over.abort());
  const beganMs = monotonicMs();
  const fleet = fleetOf(options, paces, destination, tally, environment);
  const wait = async (ms: number): Promise<void> => {
    if (interruption.signal.aborted || tally.refusal !== undefined) return;
    await clock.sleep(ms, interruption.signal);
  };
  try {
    if (duration !== undefined) void clock.sleep(duration / timeFactor, over.signal).then(() => over.abort());
    const reporting = report(tally, say, environment, json, reported.signal);
    await fleet.run(over.signal);
    if (tally.refusal === undefined) await settle(fleet, environment, interruption.signal);
    await wait(linger);
    reported.abort();
    await reporting;
  } finally {
    over.abort();
    reported.abort();
    await fleet.close(timeout(environment, tally.refusal === undefined ? INTERRUPTED_MS : 0));
    interruption.release();
    letGo();
  }
  const seconds = (monotonicMs() - beganMs) / 1000;
  say(tally.summary(seconds));
  if (json) print(JSON.stringify(ledgerOf(fleet, tally, seconds)));
  if (tally.refusal !== undefined) throw tally.refusal;
  const { sent, acknowledged } = tally.counts;
  const lost = [
    ...(sent > acknowledged ? [`${sent - acknowledged} messages were sent and not acknowledged`] : []),
    ...(fleet.unsent > 0 ? [`${fleet.unsent} messages still waited in their devices`] : []),
    ...(fleet.dropped > 0 ? [`${fleet.dropped} messages were dropped by devices that had no more room for them`] : []),
  ];
  if (lost.length > 0 && !interruption.signal.aborted) throw new CommandExit(1, lost);
}

/** A simulated device speaks MQTT over TCP or TLS, as the real ones do. @throws LouverError `E_CONFIG` for web sockets. */
function requireSocket({ access: { settings } }: Destination): void {
  if (settings.scheme === 'mqtt' || settings.scheme === 'mqtts') return;
  const found = `found ${settings.address}`;
  throw new LouverError(
    'E_CONFIG',
    `${found}, expected a broker URL of scheme mqtt:// or mqtts:// (also tcp:// or ssl://): devices use no web sockets`,
  );
}

function fleetOf(
  options: SimulateOptions,
  { quantities, intervalMs, audioIntervalMs }: ReturnType<typeof pace>,
  { access, topics }: Destination,
  observer: SimulationTally,
  { clock, monotonicMs }: CommandEnvironment,
): Fleet {
  const { devices, timeFactor, duration = Infinity, storm } = options;
  // The devices' time ends at the present: what is ahead of it a server would take for a wrong clock.
  const beginMs = timeFactor === 1 ? clock.now() : clock.now() - duration * (1 - 1 / timeFactor);
  const everyMs = quantities.length === 0 ? audioIntervalMs : intervalMs;
  return new Fleet({
    access,
    topics,
    clock: timeFactor === 1 ? clock : compressedClock({ clock, monotonicMs, factor: timeFactor, beginMs }),
    timeFactor,
    realClock: clock,
    monotonicMs,
    devices,
    prefix: options.prefix,
    seed: options.seed,
    quantities,
    intervalMs,
    audioIntervalMs,
    spreadMs: Math.min(SPREAD_MS * Math.max(1, devices / 100), everyMs, duration / 4),
    audioSpreadMs: Math.min(audioIntervalMs, duration / 2),
    ...(storm !== undefined && { stormMs: storm }),
    clockFaults: options.clockFaults,
    duplicates: options.duplicates,
    observer,
  });
}

async function settle(fleet: Fleet, environment: CommandEnvironment, interrupted: AbortSignal): Promise<void> {
  const given = new AbortController();
  const give = (): void => given.abort();
  interrupted.addEventListener('abort', give);
  const late = environment.clock.sleep(interrupted.aborted ? INTERRUPTED_MS : SETTLE_MS, given.signal).then(give);
  await fleet.settled(given.signal);
  given.abort();
  await late;
  interrupted.removeEventListener('abort', give);
}

function timeout({ clock }: CommandEnvironment, ms: number): AbortSignal {
  const late = new AbortController();
  void clock.sleep(ms).then(() => late.abort());
  return late.signal;
}

function ledgerOf(fleet: Fleet, tally: SimulationTally, seconds: number): object {
  const { counts, latencyMs } = tally;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return {
    seconds: rounded(seconds),
    ...counts,
    not_acknowledged: counts.sent - counts.acknowledged,
    waiting: fleet.unsent,
    dropped: fleet.dropped,
    storms: fleet.storms,
    acknowledgement_ms: { p50: rounded(latencyMs.p50), p99: rounded(latencyMs.p99) },
    process: { cpu_s: rounded((userCPUTime + systemCPUTime) / 1e6), max_rss_mb: rounded(maxRSS / 1024) },
    devices: fleet.ledgers,
  };
}

/** Null: there is none. */
function rounded(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 1000) / 1000 : null;
}

/** On a terminal one line that is written again and again, else a line every 5 s, until `signal` aborts. */
async function report(
  tally: SimulationTally,
  say: (line: string) => void,
  { clock, rewrite }: CommandEnvironment,
  json: boolean,
  signal: AbortSignal,
): Promise<void> {
  const onTerminal = json ? undefined : rewrite;
  for (;;) {
    await clock.sleep(onTerminal === undefined ? REPORT_MS : REWRITE_MS, signal);
    if (signal.aborted) return onTerminal?.('');
    const line = `${new Date(clock.now()).toISOString()}  ${tally.line()}`;
    if (onTerminal === undefined) say(line);
    else onTerminal(line);
  }
}
