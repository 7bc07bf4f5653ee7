import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { defaultContext, type StorageReader } from '@louver/core';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../src/http/serve-http.js';
import { filledStorage, WELL } from './support.js';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const part of open.splice(0)) await part.close();
});

async function start(options: Partial<HttpServerOptions> = {}): Promise<HttpServer> {
  const { reader } = await filledStorage();
  const server = await createHttpServer({
    host: '127.0.0.1',
    port: 0,
    health: () => WELL,
    reader,
    tokens: [],
    context: defaultContext(),
    ...options,
  });
  open.push(server);
  return server;
}

/** Sends bytes as they are and returns everything that comes back until the server closes. */
function raw(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setEncoding('utf8');
    socket.on('data', (text) => (answer += String(text)));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

describe('createHttpServer', () => {
  test('serves over TCP and leaves the globals alone', async () => {
    const { Request: before, Response: answered } = globalThis;
    const { port } = await start();
    const answer = await fetch(`http://127.0.0.1:${port}/api/devices/room-1/data?sensor=temperature&limit=1`);
    expect(answer.status).toBe(200);
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(50);
    expect(await answer.json()).toMatchObject({ device_id: 'room-1', readings: [{ value: 24 }] });
    expect(globalThis.Request).toBe(before);
    expect(globalThis.Response).toBe(answered);
  });

  test('a taken port gives one line that names the flag', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    open.push({ close: () => new Promise((resolve) => taken.close(() => resolve())) });
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(start({ port })).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: `E_CONFIG: HTTP port ${port} on 127.0.0.1 is already in use: stop what uses it or choose another one with --http-port`,
    });
    await expect(start({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'E_CONFIG' });
  });

  test('refuses bodies, foreign names, impossible targets and endless headers', async () => {
    const { port } = await start();
    const local = `Host: 127.0.0.1:${port}\r\n`;
    const withBody = await raw(port, `GET /healthz HTTP/1.1\r\n${local}Content-Length: 5\r\n\r\nhello`);
    expect(withBody).toMatch(/^HTTP\/1.1 400 /);
    expect(withBody).toContain('urn:louver:problem:body-not-allowed');
    const close = 'Connection: close\r\n\r\n';
    expect(await raw(port, `GET /healthz HTTP/1.1\r\nHost: evil.example\r\n${close}`)).toMatch(/^HTTP\/1.1 403 /);
    expect(await raw(port, `GET http://localhost/healthz HTTP/1.1\r\nHost: evil.example\r\n${close}`)).toMatch(/ 403 /);
    expect(await raw(port, `GET http://evil.example/healthz HTTP/1.1\r\n${local}${close}`)).toMatch(/ 403 /);
    expect(await raw(port, `GET /healthz HTTP/1.1\r\nHost: a b\r\n${close}`)).toMatch(/^HTTP\/1.1 400 /);
    const long = await raw(port, `GET /healthz HTTP/1.1\r\n${local}X-Long: ${'a'.repeat(20_000)}\r\n${close}`);
    expect(long).toMatch(/^HTTP\/1.1 431 /);
    expect(await raw(port, `GET /healthz HTTP/1.1\r\n${local}${close}`)).toMatch(/^HTTP\/1.1 200 /);
  });

  test('closing waits for the request that is running and takes no other', async () => {
    const { reader } = await filledStorage();
    let release = (): void => undefined;
    const running = new Promise<void>((resolve) => (release = resolve));
    let begun = (): void => undefined;
    const asked = new Promise<void>((resolve) => (begun = resolve));
    const slow: StorageReader = {
      ...reader,
      async devices() {
        begun();
        await running;
        return reader.devices();
      },
    };
    const server = await start({ reader: slow });
    const answer = fetch(`http://127.0.0.1:${server.port}/api/devices`);
    await asked;
    const closed = server.close();
    expect(server.close()).toBe(closed);
    await expect(fetch(`http://127.0.0.1:${server.port}/healthz`)).rejects.toThrow();
    release();
    expect((await answer).status).toBe(200);
    await closed;
  });

  test('a long list is streamed without holding the event loop, also to a client that leaves', async () => {
    const row = (await filledStorage()).rows('sensor_audio')[0]!;
    const recording = {
      timestampMs: row.timestamp,
      sampleRateHz: row.sample_rate,
      durationS: row.duration,
      format: row.format,
      audioHash: row.audio_hash,
      features: { values: Object.fromEntries(Array.from({ length: 74 }, (_, i) => [`column_${i}`, i / 7])) },
    };
    const recordings = Array.from({ length: 10_000 }, (_, i) => ({ ...recording, timestampMs: row.timestamp + i }));
    const { reader } = await filledStorage();
    const { port } = await start({ reader: { ...reader, recordings: () => Promise.resolve(recordings) } });
    const url = `http://127.0.0.1:${port}/api/devices/room-1/data?sensor=audio&limit=10000`;
    const printed = vi.spyOn(console, 'info');
    await new Promise<void>((resolve) => {
      const leaving = request(url, (answer) => {
        answer.once('data', () => leaving.destroy());
        answer.on('error', () => resolve());
      });
      leaving.end();
    });

    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      request(url, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => resolve(Buffer.concat(parts)));
      })
        .on('error', reject)
        .end();
    });
    delay.disable();
    // Ten times what is allowed: a bound on liveness, the time itself is measured elsewhere.
    expect(delay.percentile(99) / 1e6).toBeLessThan(200);
    const { readings } = JSON.parse(bytes.toString()) as { readings: { timestamp: string }[] };
    expect(readings.map(({ timestamp }) => Date.parse(timestamp))).toEqual(recordings.map((each) => each.timestampMs));
    expect(printed).not.toHaveBeenCalled();
  });

  test('a request that never ends does not hold the server for longer than the grace', async () => {
    const { reader } = await filledStorage();
    let begun = (): void => undefined;
    const asked = new Promise<void>((resolve) => (begun = resolve));
    const stuck: StorageReader = {
      ...reader,
      devices() {
        begun();
        return new Promise(() => undefined);
      },
    };
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const server = await start({ reader: stuck, context: defaultContext({ clock }) });
    const answer = fetch(`http://127.0.0.1:${server.port}/api/devices`).catch((error: unknown) => error);
    await asked;
    await server.close();
    expect(await answer).toBeInstanceOf(Error);
  });
});
