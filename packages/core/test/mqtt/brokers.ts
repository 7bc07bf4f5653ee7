import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Aedes } from 'aedes';
import { startMosquitto, type MosquittoProcess, type MosquittoSettings } from './mosquitto-process.js';

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

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'louver-mqtt-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A mosquitto that answers at once, ended with the test. Default: anybody may connect, nothing is persisted. */
export async function mosquitto(options: Partial<MosquittoSettings> = {}): Promise<MosquittoProcess> {
  const folder = options.folder ?? (await temporaryFolder());
  const config = ['set_tcp_nodelay true', ...(options.config ?? ['allow_anonymous true'])];
  const broker = await startMosquitto({ ...options, folder, config });
  onTestFinished(() => broker.stop('SIGKILL'));
  return broker;
}
