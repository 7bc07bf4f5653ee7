import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { tcpFaults } from '@louver/core/testkit';
import { expect, onTestFinished, test } from 'vitest';

/** Sends back what it gets, and keeps how much that was. */
async function rig() {
  const got = { bytes: 0, ends: 0 };
  const echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      got.bytes += bytes.length;
      socket.write(bytes);
    });
    socket.on('end', () => got.ends++);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const { port } = echo.address() as { port: number };
  const proxy = await tcpFaults({ port });
  onTestFinished(async () => {
    await proxy.close();
    await new Promise((resolve) => echo.close(resolve));
  });
  return { proxy, got };
}

function dial(port: number) {
  const socket = connect({ host: '127.0.0.1', port });
  const seen = { text: '', over: undefined as undefined | string };
  socket.on('data', (bytes: Buffer) => (seen.text += bytes.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => (seen.over = error.code ?? error.message));
  socket.on('end', () => (seen.over ??= 'end'));
  socket.on('close', () => (seen.over ??= 'close'));
  onTestFinished(() => void socket.destroy());
  return { socket, seen };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Long enough for loopback to bring what can come. */
const pass = (ms = 50): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const opened = (socket: Socket): Promise<unknown> => once(socket, 'connect');

test('forwards, both ways and to the end', async () => {
  const { proxy, got } = await rig();
  const { socket, seen } = dial(proxy.port);
  socket.end('x'.repeat(500_000));
  await until(() => seen.over !== undefined);
  expect([seen.over, seen.text.length, got]).toEqual(['end', 500_000, { bytes: 500_000, ends: 1 }]);
  await until(() => proxy.connections === 0);
  expect(proxy.accepted).toBe(1);
});

test('refuses new connections on the same port, and leaves those that are', async () => {
  const { proxy } = await rig();
  const before = dial(proxy.port);
  await opened(before.socket);
  await until(() => proxy.connections === 1);
  const { port } = proxy;
  await proxy.refuse();
  const refused = dial(port);
  await until(() => refused.seen.over !== undefined);
  expect(refused.seen.over).toBe('ECONNREFUSED');
  before.socket.write('still');
  await until(() => before.seen.text === 'still');
  await proxy.mend();
  const after = dial(port);
  after.socket.write('again');
  await until(() => after.seen.text === 'again');
  expect(proxy.port).toBe(port);
});

test('hangs: accepts, swallows, and cuts what it has spoilt when that ends', async () => {
  const { proxy, got } = await rig();
  const old = dial(proxy.port);
  old.socket.write('1');
  await until(() => old.seen.text === '1');
  proxy.hang();
  const young = dial(proxy.port);
  await opened(young.socket);
  old.socket.write('2');
  young.socket.write('3');
  await pass();
  expect([old.seen.text, young.seen, got.bytes]).toEqual(['1', { text: '', over: undefined }, 1]);
  await proxy.mend();
  await until(() => old.seen.over !== undefined && young.seen.over !== undefined);
  expect([old.seen.over, young.seen.over]).toEqual(['ECONNRESET', 'ECONNRESET']);
  expect(got.bytes).toBe(1);
});

test('stalls: nothing passes and nothing is lost', async () => {
  const { proxy, got } = await rig();
  const { socket, seen } = dial(proxy.port);
  await opened(socket);
  proxy.stall();
  socket.write('late');
  await pass();
  expect([seen, got.bytes]).toEqual([{ text: '', over: undefined }, 0]);
  await proxy.mend();
  await until(() => seen.text === 'late');
});

test('is slow: latency on each way, and a bound on bytes per second', async () => {
  const { proxy } = await rig();
  const { socket, seen } = dial(proxy.port);
  await opened(socket);
  proxy.slow({ latencyMs: 60 });
  let startMs = performance.now();
  socket.write('a');
  await until(() => seen.text === 'a');
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(119);
  proxy.slow({ bytesPerS: 20_000 });
  startMs = performance.now();
  socket.write('x'.repeat(4000));
  await until(() => seen.text.length === 4001);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(150);
  await proxy.mend();
});

test.each([
  ['toTarget', 7],
  ['toClient', 7],
] as const)('cuts after so many bytes %s, exactly', async (direction, bytes) => {
  const { proxy, got } = await rig();
  proxy.cutAfter({ [direction]: bytes });
  for (const round of [1, 2]) {
    const { socket, seen } = dial(proxy.port);
    socket.write('0123456789');
    await until(() => seen.over !== undefined);
    if (direction === 'toTarget') await until(() => got.bytes === 7 * round);
    else expect(seen.text).toBe('0123456');
    expect(got.bytes).toBe((direction === 'toTarget' ? 7 : 10) * round);
  }
  await proxy.mend();
  const { socket, seen } = dial(proxy.port);
  socket.write('0123456789');
  await until(() => seen.text === '0123456789');
});

test('cuts now', async () => {
  const { proxy } = await rig();
  const { socket, seen } = dial(proxy.port);
  socket.write('x');
  await until(() => seen.text === 'x');
  proxy.cut();
  await until(() => seen.over !== undefined);
  expect([seen.over, proxy.connections]).toEqual(['ECONNRESET', 0]);
});

test('a target that is away: the client is cut', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  await new Promise((resolve) => holder.close(resolve));
  const proxy = await tcpFaults({ port });
  onTestFinished(() => proxy.close());
  const { seen } = dial(proxy.port);
  await until(() => seen.over !== undefined);
  expect(proxy.connections).toBe(0);
});
