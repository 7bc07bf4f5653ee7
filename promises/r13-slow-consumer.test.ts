import { mkdtemp, rm } from 'node:fs/promises';
import { connect as tcpConnect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { generate } from 'mqtt-packet';
import { expect, test, vi } from 'vitest';
import { startLouver, type LouverProcess } from '../packages/server/test/support/louver-process.js';
import { report } from './support/report.js';
import { freshReadingStored, rssMb } from './support/server.js';
import { tiered } from './support/tier.js';

const DEVICE = 'dev-1';
const STALLED = 5;
const MIB = 1024 * 1024;
/** Others may lose so much; in a process next to it, on a busy machine. */
const MAX_LOSS_MS = 5_000;
/** 5 × 8 MiB that are kept for them, as much again in copies and in the kernel, and what anything takes. */
const MAX_GROWTH_MB = 250;

/** Subscribes to everything with a raw socket and reads no further than SUBACK. */
async function stalledSubscriber(
  port: number,
  clientId: string,
): Promise<{ readonly socket: Socket; isCut(): boolean }> {
  const socket = tcpConnect(port, '127.0.0.1');
  let cut = false;
  socket.on('error', () => (cut = true));
  socket.on('close', () => (cut = true));
  socket.write(
    generate({ cmd: 'connect', clientId, protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 0 }),
  );
  socket.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 1 }] }));
  let read = 0;
  await new Promise<void>((resolve) => {
    // CONNACK has 4 bytes, SUBACK 5.
    socket.on('data', (chunk) => (read += chunk.length) >= 9 && resolve());
  });
  socket.pause();
  return {
    socket,
    isCut() {
      // One that does not read hears of its end only when it writes.
      if (!cut) socket.write(Buffer.from([0xc0, 0x00]));
      return cut;
    },
  };
}

test(
  `R13: ${STALLED} subscribers stop reading: others lose nothing and wait for nobody, memory is bounded, they are cut off`,
  async () => {
    const data = await mkdtemp(join(tmpdir(), 'louver-r13-'));
    let louver: LouverProcess | undefined;
    const sockets: Socket[] = [];
    const clients: { end(force: boolean): unknown }[] = [];
    try {
      louver = await startLouver(data, ['--no-model', '--log-level', 'warn']);
      const { mqttUrl, mqttPort, pid } = louver;
      const [publisher, subscriber] = [await connectAsync(mqttUrl), await connectAsync(mqttUrl)];
      clients.push(publisher, subscriber);
      const delaysMs: number[] = [];
      subscriber.on('message', (_topic, payload) => {
        const { sentMs } = JSON.parse(payload.toString()) as { sentMs: number };
        delaysMs.push(performance.now() - sentMs);
      });
      await subscriber.subscribeAsync(`sensor/${DEVICE}/temperature`, { qos: 1 });
      const stalled = await Promise.all(
        Array.from({ length: STALLED }, (_, n) => stalledSubscriber(mqttPort, `stalled-${n}`)),
      );
      sockets.push(...stalled.map(({ socket }) => socket));
      const before = rssMb(pid);
      let most = before;
      const acksMs: number[] = [];
      const end = performance.now() + tiered(12_000, 60_000);
      const large = Buffer.alloc(MIB);
      let value = 0;
      // Readings all the time, and between them what fills the way to those who do not read.
      while (performance.now() < end && (acksMs.length < 500 || !stalled.every(({ isCut }) => isCut()))) {
        const sentMs = performance.now();
        const reading = { value: ++value / 1000, timestamp: new Date().toISOString(), sentMs };
        await publisher.publishAsync(`sensor/${DEVICE}/temperature`, JSON.stringify(reading), { qos: 1 });
        acksMs.push(performance.now() - sentMs);
        if (value % 20 === 0) await publisher.publishAsync('notes/large', large, { qos: 1 });
        most = Math.max(most, rssMb(pid));
      }
      const cut = stalled.filter(({ isCut }) => isCut()).length;
      await vi.waitUntil(() => delaysMs.length >= value, { timeout: 20_000 });
      const freshMs = await freshReadingStored(louver);
      const lossMs = Math.round(Math.max(...acksMs, ...delaysMs));
      report(
        'R13',
        `${STALLED} stalled subscribers, ${cut} cut off; ${value} readings acknowledged and ${delaysMs.length} at the other subscriber, ` +
          `the slowest after ${lossMs} ms; RSS + ${Math.round(most - before)} MB; fresh reading stored after ${freshMs} ms`,
      );
      expect(lossMs).toBeLessThan(MAX_LOSS_MS);
      expect(delaysMs).toHaveLength(value);
      expect(cut).toBe(STALLED);
      expect(
        louver.output().split('has not taken').length - 1 + louver.output().split('has taken nothing').length - 1,
      ).toBe(STALLED);
      expect(most - before).toBeLessThan(MAX_GROWTH_MB);
    } finally {
      for (const client of clients) client.end(true);
      for (const socket of sockets) socket.destroy();
      await louver?.kill('SIGKILL');
      await rm(data, { recursive: true });
    }
  },
  tiered(60_000, 180_000),
);
