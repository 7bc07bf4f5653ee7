// The server as people run it: its own process, embedded broker and database, the shipped model, a data folder of its own.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const READY_MS = 60_000;
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Resolves when it has said its ports. `stop` ends it and removes its folder; `readersUrl` is there with `--clickhouse-port` among the arguments. */
export async function startLouver(args = []) {
  const folder = await mkdtemp(join(tmpdir(), 'louver-bench-server-'));
  const ports = ['--mqtt-port', '0', '--http-port', '0'];
  const child = spawn(
    process.execPath,
    [main, 'serve', ...ports, '--data-dir', folder, '--log-level', 'warn', ...args],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
  };
  // A bench that fails must not leave a server behind.
  process.once('exit', () => child.kill('SIGKILL'));
  try {
    return { ...(await ready(child)), pid: child.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function ready(child) {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (reason) => reject(new Error(`the server ${reason}; it said:\n${said.slice(-2_000)}`));
    const timer = setTimeout(() => fail(`was not ready after ${READY_MS / 1000} s`), READY_MS);
    child.once('exit', (code, signal) => fail(`ended with ${signal ?? code}`));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        said += chunk;
        const line = /\bMQTT \S+?:(\d+)\b.*\n/.exec(said);
        if (line === null) return;
        clearTimeout(timer);
        // What it says from now on (warnings, errors) is for who runs the bench.
        if (stream === child.stderr) process.stderr.write(chunk);
        resolve({ mqttPort: Number(line[1]), readersUrl: /readers (http:\S+?),/.exec(line[0])?.[1] });
      });
    }
  });
}
