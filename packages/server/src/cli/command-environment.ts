import { setFlagsFromString } from 'node:v8';
import { systemClock, type Clock } from '@louver/core';
import type { Environment } from '../config/sources.js';

/** What a command takes from the process: tests give their own. */
export interface CommandEnvironment {
  readonly clock: Clock;
  /** A clock that is never set, in ms with fractions: for durations. */
  readonly monotonicMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Environment variables. */
  readonly variables: Environment;
  /** Where `louver.yaml` is looked for. */
  readonly workingDirectory: string;
  /** A line of the result (stdout). */
  readonly print: (line: string) => void;
  /** Puts a line in the place of the last such line; absent where the result is not read on a terminal. */
  readonly rewrite?: (line: string) => void;
  /** A line about how it goes (stderr). */
  readonly remark: (line: string) => void;
  /** Begins to wait for an end from outside; `release` gives the signals back. */
  readonly untilInterrupted: () => { readonly signal: AbortSignal; release(): void };
  /** For a command that runs for long and makes much that is soon garbage: the process stays small, for more work at collecting it. */
  readonly staySmall?: () => void;
}

export const processEnvironment: CommandEnvironment = {
  clock: systemClock,
  monotonicMs: () => performance.now(),
  random: Math.random,
  variables: process.env,
  workingDirectory: process.cwd(),
  print: (line) => void process.stdout.write(`${line}\n`),
  ...(process.stdout.isTTY && {
    // Cut to the width: what wraps cannot be written over.
    rewrite: (line: string) => void process.stdout.write(`\r\x1b[2K${line.slice(0, process.stdout.columns - 1)}`),
  }),
  remark: (line) => void process.stderr.write(`${line}\n`),
  untilInterrupted,
  // The heap for what is new else grows to 48 MB, whatever is in it. V8 reads this whenever it would grow; a command line could give it only to a
  // process of its own.
  staySmall: () => setFlagsFromString('--semi-space-growth-factor=1'),
};

/** The first SIGINT or SIGTERM; also when nobody reads the output any more (`| head`). */
function untilInterrupted(): { signal: AbortSignal; release(): void } {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  process.stdout.on('error', end);
  return {
    signal: ended.signal,
    release() {
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
      process.stdout.off('error', end);
    },
  };
}
