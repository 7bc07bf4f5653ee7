import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../support/free-port.js';

const MOSQUITTO = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/usr/bin/mosquitto'].find(existsSync);
/** In CI nothing is skipped: there its absence is a failure. */
export const skipWithoutMosquitto = MOSQUITTO === undefined && process.env['CI'] !== 'true';
export const withMosquitto = skipWithoutMosquitto
  ? 'with mosquitto (skipped: mosquitto is not installed)'
  : 'with mosquitto';

export interface MosquittoProcess {
  readonly port: number;
  readonly url: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Everything that it logged so far. */
  log(): string;
  /** Resolves when the process has ended. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Again, after `stop`: same port, same folder, same configuration. Resolves when it takes connections. */
  start(): Promise<void>;
  /** It hangs, with its connections open, until `resume`. */
  pause(): void;
  resume(): void;
}

export interface MosquittoSettings {
  /** Of the configuration file; what it persists goes there when the configuration says so. */
  readonly folder: string;
  /** Lines of mosquitto.conf after `listener PORT 127.0.0.1`. */
  readonly config: readonly string[];
  /** Default: a free one. */
  readonly port?: number;
}

/** A mosquitto of the caller's own, who must stop it. Resolves when it takes connections. */
export async function startMosquitto(settings: MosquittoSettings): Promise<MosquittoProcess> {
  const port = settings.port ?? (await freePort());
  const path = join(settings.folder, 'mosquitto.conf');
  // As root it would become another user, who cannot read the folder.
  const always = [`listener ${port} 127.0.0.1`, 'user root', 'log_dest stderr'];
  await writeFile(path, [...always, ...settings.config, ''].join('\n'));
  let printed = '';
  const print = (line: string): void => void (printed += `${line}\n`);
  let running = await run(path, print);
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    get pid() {
      return running.child.pid!;
    },
    log: () => printed,
    async stop(signal) {
      const { child, exited } = running;
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      // It says that it runs a moment before it does (`run = 1` in its main), and forgets a SIGTERM that comes in between.
      const again = setInterval(() => child.kill(signal), 500);
      await exited.finally(() => clearInterval(again));
    },
    async start() {
      running = await run(path, print);
    },
    pause: () => void running.child.kill('SIGSTOP'),
    resume: () => void running.child.kill('SIGCONT'),
  };
}

async function run(
  configFile: string,
  print: (line: string) => void,
): Promise<{ readonly child: ChildProcess; readonly exited: Promise<unknown> }> {
  if (MOSQUITTO === undefined) throw new Error('mosquitto is not installed: apt-get install mosquitto');
  const child = spawn(MOSQUITTO, ['-c', configFile], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      print(line);
      if (/mosquitto version .* running/.test(line)) resolve();
    });
    void exited.then(() => reject(new Error(`mosquitto ended: ${said.join('\n')}`)));
  });
  return { child, exited };
}
