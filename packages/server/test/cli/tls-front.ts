import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { createServer } from 'node:tls';
import { onTestFinished } from 'vitest';

/** Those of core: a README beside them says what each is. */
const FIXTURES = join(import.meta.dirname, '../../../core/test/mqtt/fixtures');

export function fixture(name: string): string {
  return join(FIXTURES, name);
}

/** TLS in front of a TCP port; ended with the test. Resolves to its port. */
export async function tlsFront(port: number, certificate: string, keyName = certificate): Promise<number> {
  const sockets = new Set<Duplex>();
  const [cert, key] = await Promise.all([
    readFile(fixture(`${certificate}.cert.pem`)),
    readFile(fixture(`${keyName}.key.pem`)),
  ]);
  const server = createServer({ cert, key }, (socket) => {
    const inner = connect(port, '127.0.0.1');
    for (const each of [socket, inner]) {
      sockets.add(each);
      each.on('error', () => undefined);
      each.on('close', () => [socket, inner].forEach((end) => end.destroy()));
    }
    socket.pipe(inner).pipe(socket);
  });
  // A client that does not trust the certificate, or does not speak TLS, goes away in the handshake.
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}
