// Publishes readings at QoS 1 over a bare socket, in a process of its own. Packets are encoded beforehand, so that it has next to nothing to
// do while others are measured: `blockedMs` says how long it was kept waiting for acknowledgements with packets in hand.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs, serve } from './child.mjs';

const DEVICES = 100;
const CHUNK = 64;
const CONNACK_BYTES = 4;
const PUBACK_BYTES = 4;

let chunks = [];
let count = 0;
let pacing;

serve({ prepare, publish, pace, stopPacing });

/**
 * Encodes `messages` readings of 100 devices. All differ: `from` is the number of the first since the bench began.
 * Their times go up a millisecond per round of devices, from `baseMs`.
 */
function prepare({ messages, from, baseMs }) {
  count = messages;
  chunks = [];
  for (let i = 0; i < messages; i += CHUNK) {
    const packets = Array.from({ length: Math.min(CHUNK, messages - i) }, (_, j) => packet(i + j, from + i + j, baseMs)); // prettier-ignore
    chunks.push({ bytes: Buffer.concat(packets), packets: packets.length });
  }
  return { lastMs: baseMs + Math.floor((from + messages) / DEVICES) };
}

/** Publishes what was prepared, at most `window` messages ahead of their acknowledgements. Resolves when all are acknowledged. */
async function publish({ port, window }) {
  const link = await open(port, 'bench-publisher');
  const cpu = process.cpuUsage();
  const startedMs = nowMs();
  let sent = 0;
  let blockedMs = 0;
  let blockedSince;
  let next = 0;
  await new Promise((resolve, reject) => {
    const push = () => {
      while (next < chunks.length && sent - link.acknowledged() < window) {
        const { bytes, packets } = chunks[next++];
        sent += packets;
        link.socket.write(bytes);
      }
    };
    link.onAcknowledged(() => {
      if (blockedSince !== undefined) blockedMs += performance.now() - blockedSince;
      push();
      blockedSince = next < chunks.length ? performance.now() : undefined;
      if (link.acknowledged() === count) resolve();
    });
    link.socket.once('close', () => reject(new Error('the broker closed the connection')));
    push();
    blockedSince = performance.now();
  });
  const endedMs = nowMs();
  const { user, system } = process.cpuUsage(cpu);
  link.end();
  return { startedMs, endedMs, blockedMs, cpuMs: (user + system) / 1000 };
}

/** Publishes `perSecond` readings until `stopPacing`, as evenly as timers of a millisecond allow. */
async function pace({ port, perSecond, baseMs }) {
  const link = await open(port, 'bench-load');
  let running = true;
  let sent = 0;
  const startedMs = performance.now();
  const ended = (async () => {
    while (running) {
      const due = ((performance.now() - startedMs) * perSecond) / 1000;
      for (; sent < due; sent++) link.socket.write(packet(sent, sent, baseMs));
      await sleep(1);
    }
  })();
  pacing = async () => {
    running = false;
    await ended;
    const seconds = (performance.now() - startedMs) / 1000;
    await sleep(200);
    const acknowledged = link.acknowledged();
    link.end();
    return { sent, acknowledged, perSecond: sent / seconds };
  };
}

function stopPacing() {
  return pacing();
}

function packet(index, number, baseMs) {
  const topic = Buffer.from(`sensor/bench-${number % DEVICES}/temperature`);
  const timestamp = new Date(baseMs + Math.floor(number / DEVICES)).toISOString();
  const payload = Buffer.from(`{"value": ${20 + (number % 40) / 100}, "timestamp": "${timestamp}"}`);
  // [MQTT-2.3.1-1]: not 0. A window is far shorter than the 65,535 numbers.
  const id = (index % 65_535) + 1;
  const length = 2 + topic.length + 2 + payload.length;
  const remaining = length < 128 ? [length] : [(length & 127) | 128, length >> 7];
  return Buffer.concat([
    Buffer.from([0x32, ...remaining, topic.length >> 8, topic.length & 255]),
    topic,
    Buffer.from([id >> 8, id & 255]),
    payload,
  ]);
}

/** MQTT 3.1.1, clean session. Whatever comes after CONNACK is a PUBACK: there is nothing to subscribe to. */
async function open(port, clientId) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const id = Buffer.from(clientId);
  const head = Buffer.from([0x10, 12 + id.length, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, id.length]);
  socket.write(Buffer.concat([head, id]));
  let bytes = 0;
  let told = () => {};
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    told();
  });
  await new Promise((resolve, reject) => {
    told = () => bytes >= CONNACK_BYTES && resolve();
    socket.once('error', reject);
  });
  return {
    socket,
    acknowledged: () => Math.floor((bytes - CONNACK_BYTES) / PUBACK_BYTES),
    onAcknowledged: (listener) => (told = listener),
    end: () => {
      socket.removeAllListeners('close');
      socket.end(Buffer.from([0xe0, 0]));
    },
  };
}
