import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Aedes, type AedesOptions, type PublishPacket } from 'aedes';
import type { Command } from 'commander';
import { systemClock } from '@louver/core';
import type { CommandEnvironment } from '../../src/cli/command-environment.js';

/** Every condition is waited for by looking within this bound; nothing sleeps for a guessed time. */
const LIVENESS_MS = 20_000;

export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + LIVENESS_MS;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${LIVENESS_MS} ms: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export interface TestBroker {
  readonly url: string;
  readonly port: number;
  readonly aedes: Aedes;
  /** What clients published, in order; `payload` as text. */
  readonly published: { readonly topic: string; readonly payload: string; readonly packet: PublishPacket }[];
  publish(topic: string, payload: string, retain?: boolean): Promise<void>;
  /** Cuts every connection; clients may come back. */
  cut(): void;
  stop(): Promise<void>;
}

/** A real broker on a free port (or on `port`, to come back where another one was). */
export async function startBroker(options: AedesOptions = {}, port = 0): Promise<TestBroker> {
  const aedes = await Aedes.createBroker(options);
  const sockets = new Set<Socket>();
  const published: TestBroker['published'] = [];
  aedes.on('publish', (packet, client) => {
    if (client !== null) published.push({ topic: packet.topic, payload: packet.payload.toString(), packet });
  });
  aedes.on('clientError', () => undefined);
  aedes.on('connectionError', () => undefined);
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    aedes.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const at = (server.address() as AddressInfo).port;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `mqtt://127.0.0.1:${at}`,
    port: at,
    aedes,
    published,
    publish: (topic, payload, retain = false) =>
      new Promise((resolve, reject) => {
        aedes.publish({ cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, retain, dup: false }, (error) =>
          error ? reject(error) : resolve(),
        );
      }),
    cut,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };
}

export interface TestEnvironment extends CommandEnvironment {
  /** What was printed. */
  readonly lines: string[];
  readonly remarks: string[];
  readonly interrupt: () => void;
}

export function testEnvironment(overrides: Partial<CommandEnvironment> = {}): TestEnvironment {
  const lines: string[] = [];
  const remarks: string[] = [];
  const interruption = new AbortController();
  return {
    clock: systemClock,
    monotonicMs: () => performance.now(),
    random: () => 0.5,
    variables: {},
    // Without a louver.yaml.
    workingDirectory: import.meta.dirname,
    print: (line) => void lines.push(line),
    remark: (line) => void remarks.push(line),
    untilInterrupted: () => ({ signal: interruption.signal, release: () => undefined }),
    lines,
    remarks,
    interrupt: () => interruption.abort(),
    ...overrides,
  };
}

/** Runs a command as the command line would; what it rejects with is what the user gets to see. */
export async function run(command: Command, ...args: string[]): Promise<void> {
  for (const each of [command, ...command.commands]) each.exitOverride().configureOutput({ writeErr: () => undefined });
  await command.parseAsync(args, { from: 'user' });
}
