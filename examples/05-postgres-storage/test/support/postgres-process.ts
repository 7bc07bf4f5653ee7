import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll } from 'vitest';

/** Debian keeps the versions beside each other; the newest one is taken. */
const DEBIAN = '/usr/lib/postgresql';
const PROGRAMS = (existsSync(DEBIAN) ? readdirSync(DEBIAN) : [])
  .sort((a, b) => Number(b) - Number(a))
  .map((version) => join(DEBIAN, version, 'bin'))
  .find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
/** In CI nothing is skipped: there its absence is a failure. */
export const skipWithoutPostgres = PROGRAMS === undefined && process.env['CI'] !== 'true';
export const onPostgres = skipWithoutPostgres ? 'PostgreSQL (skipped: postgresql is not installed)' : 'PostgreSQL';

/** Below the ports that Linux gives to outgoing connections: none of those takes it while the server is down. */
const PORTS = { first: 10_000, last: 32_000 };
const PASSWORD = 'a password: p%40ss/w@rd?';
/** The processes of a server that was killed hold its memory until they have seen it. */
const STILL_THERE = /pre-existing shared memory block|lock file "postmaster.pid" already exists/;

export interface PostgresProcess {
  readonly port: number;
  /** Of its superuser, without the password. */
  readonly url: string;
  readonly password: string;
  /** Asks as its superuser. */
  sql(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** SIGINT: in order, but without waiting for sessions. Resolves when the process has ended. */
  stop(signal: 'SIGINT' | 'SIGKILL'): Promise<void>;
  /** Again, after `stop`: same port, same data. Resolves when it takes connections. */
  start(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

/** One for all tests of a file, which ends with them. Where they are skipped it is none, and whoever calls it hears that. */
export async function postgresOfFile(): Promise<PostgresProcess> {
  const server = skipWithoutPostgres ? NONE : await startPostgres();
  afterAll(() => server.remove());
  return server;
}

const none = (): Promise<never> => Promise.reject(new Error('postgresql is not installed'));
const NONE: PostgresProcess = {
  port: 0,
  url: 'postgres://127.0.0.1/none',
  password: '',
  sql: none,
  stop: none,
  start: none,
  remove: () => Promise.resolve(),
};

/** A PostgreSQL of the caller's own on loopback, with a password, who must remove it. */
async function startPostgres(): Promise<PostgresProcess> {
  if (PROGRAMS === undefined) throw new Error('postgresql is not installed: apt-get install postgresql');
  const folder = await mkdtemp(join(tmpdir(), 'louver-postgres-'));
  const as = await userOf(folder);
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, PASSWORD);
  if (as !== undefined) await chown(passwordFile, as.uid, as.gid);
  const data = join(folder, 'data');
  const made = [...['-D', data, '-U', 'postgres'], ...['-A', 'scram-sha-256', '--pwfile', passwordFile]];
  execFileSync(join(PROGRAMS, 'initdb'), [...made, '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'], {
    ...as,
    cwd: folder,
    stdio: 'pipe',
  });
  const port = await freePort();
  // A killed process loses nothing that the system has taken; nobody cuts this machine's power, for which a sync would be.
  const settings = [
    'fsync=off',
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=40',
    'lc_messages=C',
  ];
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  const run = () => running(join(PROGRAMS!, 'postgres'), args, { ...as, cwd: folder });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let current = await run();
  const stop = async (signal: 'SIGINT' | 'SIGKILL'): Promise<void> => {
    if (current.child.exitCode === null && current.child.signalCode === null) current.child.kill(signal);
    await current.exited;
  };
  return {
    port,
    url,
    password: PASSWORD,
    async sql(text, values = []) {
      const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password: PASSWORD });
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(text, [...values])).rows;
      } finally {
        await client.end();
      }
    },
    stop,
    async start() {
      current = await run();
    },
    async remove() {
      await stop('SIGINT');
      await rm(folder, { recursive: true });
    },
  };
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: then it runs as the user that came with it. */
async function userOf(folder: string): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })));
  await chown(folder, uid!, gid!);
  return { uid: uid!, gid: gid! };
}

async function running(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string },
): Promise<{ readonly child: ChildProcess; readonly exited: Promise<unknown> }> {
  for (;;) {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    const exited = once(child, 'exit');
    const said: string[] = [];
    const ready = new Promise<boolean>((resolve) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        said.push(line);
        if (line.includes('database system is ready to accept connections')) resolve(true);
      });
      child.once('close', () => resolve(false));
    });
    if (await ready) return { child, exited };
    if (!said.some((line) => STILL_THERE.test(line))) throw new Error(`postgres ended: ${said.join('\n')}`);
    await sleep(20);
  }
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first));
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
