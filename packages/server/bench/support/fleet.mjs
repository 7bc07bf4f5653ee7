// Many devices in a process of their own, each with a connection, publishing at QoS 1 at an even pace. For every message: how long its
// acknowledgement took, from the moment that its packet is handed to the socket.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../../../../tools/bench/measure.mjs';
import { nowMs, serve } from './child.mjs';

/** [MQTT-2.3.1-1]: packet identifiers are 1 to 65,535; a device has far fewer under way. */
const IDS = 65_535;
const LAST_ANSWERS_MS = 5_000;

let running;

serve({ start, stop });

/** Resolves when all are connected and publish. What is acknowledged in the first `warmUpMs` does not count. */
async function start({ port, devices, perSecond, warmUpMs }) {
  const links = await Promise.all(Array.from({ length: devices }, (_, i) => device(port, `fleet-${i}`)));
  const startedMs = performance.now();
  const state = { latencies: [], from: startedMs + warmUpMs, lateMs: 0, going: true, sent: 0, acknowledged: 0 };
  for (const link of links) {
    link.onAcknowledged = (sentMs) => {
      state.acknowledged++;
      if (sentMs >= state.from) state.latencies.push(performance.now() - sentMs);
    };
  }
  const ended = (async () => {
    while (state.going) {
      const due = ((performance.now() - startedMs) * perSecond) / 1000;
      for (; state.sent < due; state.sent++) links[state.sent % devices].publish(state.sent);
      await sleep(1);
    }
  })();
  running = { state, links, ended, startedMs };
}

async function stop() {
  const { state, links, ended, startedMs } = running;
  state.going = false;
  await ended;
  const seconds = (performance.now() - startedMs) / 1000;
  const deadlineMs = performance.now() + LAST_ANSWERS_MS;
  while (state.acknowledged < state.sent && performance.now() < deadlineMs) await sleep(5);
  for (const link of links) link.end();
  const { latencies, sent, acknowledged } = state;
  const ms = Object.fromEntries([0.5, 0.9, 0.99, 0.999, 1].map((q) => [`p${q * 100}`, quantile(latencies, q)]));
  return { sent, acknowledged, measured: latencies.length, perSecond: sent / seconds, ms };
}

/** MQTT 3.1.1, clean session, one quantity. */
async function device(port, deviceId) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const id = Buffer.from(deviceId);
  socket.write(
    Buffer.concat([Buffer.from([0x10, 12 + id.length, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, id.length]), id]),
  );
  const topic = Buffer.from(`sensor/${deviceId}/temperature`);
  const sentMs = new Float64Array(IDS + 1);
  let number = 0;
  let rest = Buffer.alloc(0);
  const link = { onAcknowledged() {}, publish, end };
  await new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`${deviceId}: the broker closed the connection`)));
    socket.on('data', (chunk) => {
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      // CONNACK and PUBACK, the only ones that come, have four bytes each.
      for (; at + 4 <= data.length; at += 4) {
        if (data[at] === 0x20) resolve();
        else if (data[at] === 0x40) link.onAcknowledged(sentMs[data.readUInt16BE(at + 2)]);
        else reject(new Error(`${deviceId}: unexpected packet type ${data[at] >> 4}`));
      }
      rest = data.subarray(at);
    });
  });
  return link;

  function publish(i) {
    const packetId = (number++ % IDS) + 1;
    const payload = Buffer.from(`{"value": ${20 + (i % 40) / 100}, "timestamp": "${new Date(nowMs()).toISOString()}"}`);
    const length = 2 + topic.length + 2 + payload.length;
    const remaining = length < 128 ? [length] : [(length & 127) | 128, length >> 7];
    const head = Buffer.from([0x32, ...remaining, topic.length >> 8, topic.length & 255]);
    const packet = Buffer.concat([head, topic, Buffer.from([packetId >> 8, packetId & 255]), payload]);
    sentMs[packetId] = performance.now();
    socket.write(packet);
  }

  function end() {
    socket.removeAllListeners('close');
    socket.on('close', () => {});
    socket.end(Buffer.from([0xe0, 0]));
  }
}
