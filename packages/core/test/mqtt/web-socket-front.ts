import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';

/** A web socket in front of a TCP port (RFC 6455, whole binary messages only, as MQTT clients send them); ended with the test. */
export async function webSocketFront(port: number): Promise<string> {
  const sockets = new Set<Duplex>();
  const server = createServer();
  server.on('upgrade', ({ headers }, socket) => {
    const accept = createHash('sha1')
      .update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    const protocol = headers['sec-websocket-protocol'];
    const answer = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    answer.push(`Sec-WebSocket-Accept: ${accept}`, `Sec-WebSocket-Protocol: ${protocol}`, '', '');
    socket.write(answer.join('\r\n'));
    const broker = connect(port, '127.0.0.1');
    for (const each of [socket, broker]) {
      sockets.add(each);
      each.on('error', () => undefined);
      each.on('close', () => [socket, broker].forEach((end) => end.destroy()));
    }
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let frame = take(bytes); frame !== undefined; frame = take(bytes)) {
        if (frame.opcode === 2) broker.write(frame.payload);
        bytes = bytes.subarray(frame.end);
      }
    });
    broker.on('data', (chunk) => socket.write(Buffer.concat([header(chunk.length), chunk])));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => server.close(resolve));
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The first frame, if all of it is there. Those of a client are masked. */
function take(bytes: Buffer): { readonly opcode: number; readonly payload: Buffer; readonly end: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const maskAt = 2 + lengthBytes;
  if (bytes.length < maskAt + 4) return undefined;
  const length = lengthBytes === 0 ? short : Number(BigInt(`0x${bytes.toString('hex', 2, maskAt)}`));
  const end = maskAt + 4 + length;
  if (bytes.length < end) return undefined;
  const payload = Buffer.from(bytes.subarray(maskAt + 4, end)).map((byte, i) => byte ^ bytes[maskAt + (i % 4)]!);
  return { opcode: bytes[0]! & 0x0f, payload: Buffer.from(payload), end };
}

/** A whole binary message of this length. */
function header(length: number): Buffer {
  if (length < 126) return Buffer.from([0x82, length]);
  if (length < 65_536) return Buffer.from([0x82, 126, length >> 8, length & 0xff]);
  const bytes = Buffer.alloc(10);
  bytes.set([0x82, 127]);
  bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}
