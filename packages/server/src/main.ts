#!/usr/bin/env node
import { runCli } from './cli/run-cli.js';

/** What may still hold the process after a command has ended, e.g. a socket that nobody answers. */
const LINGER_MS = 1_000;

void runCli(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
  setTimeout(() => process.exit(), LINGER_MS).unref();
});
