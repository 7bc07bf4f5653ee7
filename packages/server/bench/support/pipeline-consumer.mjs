// MQTT → codec → journal, synced → acknowledgement → ClickHouse in this process, as an integrator puts it together. The clock stops when
// the table has every row.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Session } from 'chdb';
import { createPipeline, deadband } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { mqttTransport } from '@louver/core/mqtt';
import { esp32Codec } from '@louver/device-esp32';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import { forgetSession, nowMs, serve } from './child.mjs';

/** How often the rows are counted once the last message is in; each count takes about 1 ms. */
const COUNT_EVERY_MS = 10;
const CLIENT_ID = 'bench-pipeline';

const [folder] = process.argv.slice(2);
const path = join(folder, 'clickhouse');
let pipeline;
let brokerPort;
let counting;
let received = 0;
const problems = [];

serve({
  async attach({ port }) {
    brokerPort = port;
    pipeline = createPipeline({
      transport: mqttTransport({ url: `mqtt://127.0.0.1:${port}`, clientId: CLIENT_ID, protocolVersion: 4 }),
      codec: esp32Codec(),
      journal: fileJournal(join(folder, 'journal')),
      storage: embeddedClickhouse({ path }),
      detector: deadband({ temperature: 0.5, humidity: 2 }),
      context: { logger: { debug() {}, info() {}, warn: complain, error: complain }, metrics: { count, observe() {}, gauge() {} } }, // prettier-ignore
    });
    await pipeline.open();
    // A session of its own on the same engine: nothing of the library's is asked for its own figure.
    counting = new Session(path);
    for (let tries = 0; !pipeline.health().components.transport.ok; tries++) {
      if (tries > 500) throw new Error(`not connected: ${pipeline.health().reasons.join('; ')}`);
      await sleep(10);
    }
    // SUBACK may be a little behind CONNACK.
    await sleep(200);
  },
  async consume({ messages }) {
    const before = await rows();
    const cpu = process.cpuUsage();
    received = 0;
    while (received < messages) await sleep(COUNT_EVERY_MS);
    const receivedMs = nowMs();
    let stored;
    do {
      await sleep(COUNT_EVERY_MS);
      stored = (await rows()) - before;
    } while (stored < messages);
    const endedMs = nowMs();
    const { user, system } = process.cpuUsage(cpu);
    if (stored > messages) throw new Error(`${stored} rows for ${messages} messages`);
    if (problems.length > 0) throw new Error(problems.slice(0, 3).join('; '));
    return { endedMs, receivedMs, cpuMs: (user + system) / 1000 };
  },
  async detach() {
    await pipeline.close();
    counting.close();
    await forgetSession(brokerPort, CLIENT_ID);
  },
});

async function rows() {
  const result = await counting.queryAsync('SELECT count() AS n FROM iot.sensor_temperature', {
    format: 'JSONEachRow',
  });
  return Number(JSON.parse(result.text()).n);
}

function count(name, _labels, by = 1) {
  if (name === 'received_total') received += by;
}

function complain(message, fields) {
  problems.push(`${message} ${JSON.stringify(fields)}`);
}
