import { createServer } from 'node:net';

/** Below the ports that Linux gives to outgoing connections and to whoever asks for any: none of those takes it before it is used. */
const PORTS = { first: 10_000, last: 32_000 };

/** Of 127.0.0.1, for a process that cannot choose one itself, or that comes back and is expected there. */
export async function freePort(): Promise<number> {
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
