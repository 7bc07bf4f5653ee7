import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Debian's own comes first: it is the one that python3-paho-mqtt belongs to. */
const PYTHON = ['/usr/bin/python3', 'python3'].find((command) => {
  try {
    execFileSync(command, ['-c', 'import paho.mqtt.client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});
/** In CI nothing is skipped: there its absence is a failure. */
export const skipWithoutPython = PYTHON === undefined && process.env['CI'] !== 'true';

export interface PythonPeer {
  /** Lines that it printed so far. */
  readonly lines: readonly string[];
  /** What it said on its way out, tracebacks included. */
  errors(): string;
  readonly exited: Promise<number | null>;
  kill(): void;
}

/** A program of test/peers, with what it is to read. */
export function startPeer(program: string, args: readonly string[], input = ''): PythonPeer {
  if (PYTHON === undefined) throw new Error('no Python with paho-mqtt: apt-get install python3-paho-mqtt');
  const path = fileURLToPath(new URL(`../peers/${program}`, import.meta.url));
  const child = spawn(PYTHON, [path, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let errors = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  child.stdin.end(input);
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { lines, errors: () => errors, exited, kill: () => void child.kill() };
}
