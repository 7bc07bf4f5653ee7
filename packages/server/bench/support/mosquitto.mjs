// A real mosquitto for a bench: on a free port, told to hold nothing back and to lose nothing, without its file of what it persists.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MOSQUITTO = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/usr/bin/mosquitto'].find(existsSync);
/** Linux counts CPU time for others in hundredths of a second (USER_HZ). */
const TICK_MS = 10;

export const hasMosquitto = MOSQUITTO !== undefined;

/** Resolves when it takes connections. `version` is its own word. */
export async function startMosquitto() {
  const folder = await mkdtemp(join(tmpdir(), 'louver-bench-mosquitto-'));
  const port = await freePort();
  const path = join(folder, 'mosquitto.conf');
  // As root it would become another user. Default queue: 1,000 messages, what is more is dropped; default window: 20 messages under way.
  const lines = [
    `listener ${port} 127.0.0.1`,
    'user root',
    'log_dest stderr',
    'allow_anonymous true',
    'set_tcp_nodelay true',
    'max_queued_messages 0',
    'max_inflight_messages 0',
  ];
  await writeFile(path, `${lines.join('\n')}\n`);
  const child = spawn(MOSQUITTO, ['-c', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  // A bench that fails must not leave a broker behind.
  process.once('exit', () => child.kill('SIGKILL'));
  const version = await new Promise((resolve, reject) => {
    const said = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      const running = /mosquitto version (\S+) running/.exec(line);
      if (running !== null) resolve(running[1]);
    });
    void exited.then(() => reject(new Error(`mosquitto ended: ${said.join('\n')}`)));
  });
  let cpuBefore = cpuMsOf(child.pid);
  return {
    port,
    version,
    /** CPU time since it was last asked, in ms. */
    async cpuMs() {
      const now = cpuMsOf(child.pid);
      const used = now - cpuBefore;
      cpuBefore = now;
      return used;
    },
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(timer);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** User and system time of a process; the name before them may hold spaces and brackets. */
function cpuMsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
