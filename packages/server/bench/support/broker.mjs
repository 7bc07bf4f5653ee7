// The broker of the ingest bench in a process of its own: aedes, and beside it a port that only acknowledges, to find out how fast the
// publisher can be.
import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { serve } from './child.mjs';

let cpu = process.cpuUsage();

serve({
  async listen() {
    const broker = await Aedes.createBroker({ drainTimeout: 5_000 });
    return { port: await listen(broker.handle), acknowledgerPort: await listen(acknowledge) };
  },
  /** CPU time since it was last asked, in ms. */
  cpuMs() {
    const { user, system } = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    return (user + system) / 1000;
  },
});

function listen(handle) {
  // Without it, small packets wait up to 40 ms for the peer's delayed TCP acknowledgement.
  const server = createServer({ noDelay: true }, handle);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

/** CONNACK for CONNECT, PUBACK for each PUBLISH at QoS 1, and nothing else. */
function acknowledge(socket) {
  let rest = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const answers = [];
    let at = 0;
    for (;;) {
      const frame = frameAt(data, at);
      if (frame === undefined) break;
      const type = data[at] >> 4;
      if (type === 1) answers.push(0x20, 2, 0, 0);
      if (type === 3) {
        const idAt = frame.bodyAt + 2 + data.readUInt16BE(frame.bodyAt);
        answers.push(0x40, 2, data[idAt], data[idAt + 1]);
      }
      at = frame.end;
    }
    rest = data.subarray(at);
    if (answers.length > 0) socket.write(Buffer.from(answers));
  });
}

function frameAt(data, at) {
  let length = 0;
  for (let i = 1, scale = 1; i <= 4; i++, scale *= 128) {
    if (at + i >= data.length) return undefined;
    length += (data[at + i] & 127) * scale;
    if (data[at + i] < 128) {
      const end = at + i + 1 + length;
      return end > data.length ? undefined : { bodyAt: at + i + 1, end };
    }
  }
  throw new Error('a packet whose length has more than four bytes');
}
