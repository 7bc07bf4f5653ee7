import type { Server } from 'node:net';
import { LouverError } from '@louver/core';

export interface BindOptions {
  /** For messages: which port it is, and the flag that chooses it. */
  readonly what: 'MQTT' | 'HTTP' | 'ClickHouse';
  readonly flag: '--mqtt-port' | '--http-port' | '--clickhouse-port';
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** Lets a server listen; rejects with `E_CONFIG`, in one line that names the flag, when the port cannot be had. */
export function bindPort(server: Server, options: BindOptions): Promise<void> {
  const { host, port } = options;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new LouverError('E_CONFIG', explain(error, options), { cause: error })),
    );
    // A backlog for many devices that come back at the same time.
    server.listen({ host, port, exclusive: true, backlog: 1024 }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function explain(error: NodeJS.ErrnoException, { what, flag, host, port }: BindOptions): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `${what} port ${port} on ${host} is already in use: stop what uses it or choose another one with ${flag}`;
    case 'EACCES':
      return `${what} port ${port} needs more rights than this process has: choose one above 1023 with ${flag}`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine: choose another one with --host`;
    default:
      return `cannot listen for ${what} on ${host}:${port} (${flag}): ${error.message}`;
  }
}
