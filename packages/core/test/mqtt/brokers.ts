import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { Aedes } from 'aedes';

/** A server on a port that the system chooses; ended with the test. */
export async function listen(
  handle: (socket: Socket) => void,
  port = 0,
): Promise<{ port: number; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  onTestFinished(stop);
  return { port: (server.address() as AddressInfo).port, stop };
}

export interface AedesBroker {
  readonly broker: Aedes;
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** aedes: MQTT 3.1.1 only. */
export async function aedes(port = 0): Promise<AedesBroker> {
  const broker = await Aedes.createBroker();
  const server = await listen(broker.handle, port);
  const stop = async (): Promise<void> => {
    await new Promise<void>((resolve) => broker.close(resolve));
    await server.stop();
  };
  onTestFinished(stop);
  return { broker, port: server.port, url: `mqtt://127.0.0.1:${server.port}`, stop };
}

const MOSQUITTO = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/usr/bin/mosquitto'].find(existsSync);
/** In CI nothing is skipped: there its absence is a failure. */
export const skipWithoutMosquitto = MOSQUITTO === undefined && process.env['CI'] !== 'true';
export const withMosquitto = skipWithoutMosquitto
  ? 'with mosquitto (skipped: mosquitto is not installed)'
  : 'with mosquitto';

export interface MosquittoBroker {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface MosquittoOptions {
  readonly folder?: string;
  readonly port?: number;
  /** Lines of mosquitto.conf. */
  readonly config?: readonly string[];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'louver-mqtt-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A mosquitto process of the test's own, ended with it. */
export async function mosquitto(options: MosquittoOptions = {}): Promise<MosquittoBroker> {
  if (MOSQUITTO === undefined) throw new Error('mosquitto is not installed: apt-get install mosquitto');
  const folder = options.folder ?? (await temporaryFolder());
  const port = options.port ?? (await freePort());
  const path = join(folder, 'mosquitto.conf');
  const config = options.config ?? ['allow_anonymous true'];
  // As root it would become another user, who cannot read the folder.
  const common = [`listener ${port} 127.0.0.1`, 'set_tcp_nodelay true', 'log_dest stderr', 'user root'];
  await writeFile(path, [...common, ...config, ''].join('\n'));
  const child: ChildProcess = spawn(MOSQUITTO, ['-v', '-c', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  onTestFinished(() => kill('SIGKILL'));
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr! }).on('line', (line) => {
      said.push(line);
      if (/mosquitto version .* running/.test(line)) resolve();
    });
    void exited.then(() => reject(new Error(`mosquitto ended: ${said.join('\n')}`)));
  });
  return { port, url: `mqtt://127.0.0.1:${port}`, pid: child.pid!, kill };
}
