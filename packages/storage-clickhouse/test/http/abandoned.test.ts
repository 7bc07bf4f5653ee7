import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { resettingAgent } from '../../src/http/resetting-agent.js';
import { localhostCertificate } from '../support/certificate.js';

/** Answers what is sent to `/ok`, and nothing else. */
const listener: RequestListener = (incoming, response) => {
  incoming.resume();
  if (incoming.url === '/ok') incoming.on('end', () => response.end('ok'));
};

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe.each(['http', 'https'])('a request that is given up (%s)', (scheme) => {
  test('is reset, so that its bytes do not arrive later; the others keep their connection', async () => {
    const { cert, key } = localhostCertificate();
    const server = scheme === 'http' ? createServer(listener) : createTlsServer({ cert, key }, listener);
    const connections: Socket[] = [];
    server.on(scheme === 'http' ? 'connection' : 'secureConnection', (socket) => connections.push(socket as Socket));
    const url = `${scheme}://localhost:${await listening(server)}`;
    const agent = resettingAgent(url, { keepAlive: true });
    onTestFinished(() => agent.destroy());
    const call = (path: string, signal?: AbortSignal): Promise<string> =>
      new Promise((resolve, reject) => {
        const options = { agent, method: 'POST', ca: cert, family: 4, ...(signal === undefined ? {} : { signal }) };
        const send = scheme === 'http' ? httpRequest : httpsRequest;
        const sent = send(`${url}${path}`, options, (response) => resolve(text(response)));
        sent.on('error', reject).end('rows');
      });

    expect([await call('/ok'), await call('/ok')]).toEqual(['ok', 'ok']);
    expect(connections).toHaveLength(1);
    const [connection] = connections;
    const error = once(connection!, 'error') as Promise<[NodeJS.ErrnoException]>;
    const reached = once(server, 'request');
    const controller = new AbortController();
    const abandoned = call('/hang', controller.signal);
    await reached;
    controller.abort();
    await expect(abandoned).rejects.toThrow();
    // Closed in the ordinary way, the server would see its end.
    expect((await error)[0].code).toBe('ECONNRESET');
    expect(await call('/ok')).toBe('ok');
    expect(connections).toHaveLength(2);
  });
});
