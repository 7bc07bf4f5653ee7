#!/usr/bin/env node
import { runCli } from './cli/run-cli.js';

/** What may still hold the process after a command has ended, e.g. a socket that nobody answers. */
const LINGER_MS = 1_000;

// Nobody reads the output any more (`| head`): a command that only prints is done, one that waits ends itself, a server runs on.
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

void runCli(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
  setTimeout(() => process.exit(), LINGER_MS).unref();
});
