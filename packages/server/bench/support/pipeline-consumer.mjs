// MQTT → codec → journal, synced → acknowledgement → ClickHouse in this process, as an integrator puts it together. The clock stops when
// the table has every row.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Session } from 'chdb';
import { connectAsync } from 'mqtt';
import { createPipeline, deadband } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { mqttTransport } from '@louver/core/mqtt';
import { faultyStorage } from '@louver/core/testkit';
import { esp32Codec } from '@louver/device-esp32';
import { embeddedClickhouse } from '@louver/storage-clickhouse/embedded';
import { forgetSession, nowMs, serve } from './child.mjs';

/** How often the rows are counted once the last message is in; each count takes about 1 ms. */
const COUNT_EVERY_MS = 10;
const CLIENT_ID = 'bench-pipeline';
const LIMIT_MS = 60_000;

const [folder] = process.argv.slice(2);
const path = join(folder, 'clickhouse');
let pipeline;
/** The storage, when it is one that can be made to fail. */
let faulty;
let brokerPort;
let counting;
let received = 0;
/** Rows that were there when this round began. */
let before = 0;
let cpu;
const problems = [];
/** What the pipeline counts, by name. */
let counts = {};

serve({
  async attach({ port, protocolVersion, canFail = false }) {
    brokerPort = port;
    const storage = embeddedClickhouse({ path });
    faulty = canFail ? faultyStorage(storage) : undefined;
    pipeline = createPipeline({
      transport: mqttTransport({ url: `mqtt://127.0.0.1:${port}`, clientId: CLIENT_ID, protocolVersion }),
      codec: esp32Codec(),
      journal: fileJournal(join(folder, 'journal')),
      storage: faulty ?? storage,
      detector: deadband({ temperature: 0.5, humidity: 2 }),
      context: { logger: { debug() {}, info() {}, warn: complain, error: complain }, metrics: { count, observe() {}, gauge() {} } }, // prettier-ignore
    });
    await pipeline.open();
    // A session of its own on the same engine: nothing of the library's is asked for its own figure.
    counting = new Session(path);
    await subscribed(port);
    await pipeline.drain();
    // Here and not in `consume`: by then the first messages may have come.
    before = await rows();
    received = 0;
    counts = {};
    cpu = process.cpuUsage();
  },
  async consume({ messages }) {
    let stored = 0;
    const deadlineMs = nowMs() + LIMIT_MS;
    const checkTime = () => {
      if (nowMs() < deadlineMs) return;
      const state = { received, stored, messages, counts, problems: problems.slice(0, 3), health: pipeline.health() };
      throw new Error(`not stored after ${LIMIT_MS / 1000} s: ${JSON.stringify(state)}`);
    };
    while (received < messages) {
      await sleep(COUNT_EVERY_MS);
      checkTime();
    }
    const receivedMs = nowMs();
    while (stored < messages) {
      await sleep(COUNT_EVERY_MS);
      stored = (await rows()) - before;
      checkTime();
    }
    const endedMs = nowMs();
    const { user, system } = process.cpuUsage(cpu);
    if (stored > messages) throw new Error(`${stored} rows for ${messages} messages`);
    if (problems.length > 0) throw new Error(problems.slice(0, 3).join('; '));
    return { endedMs, receivedMs, cpuMs: (user + system) / 1000 };
  },
  /** From now on storage refuses everything. */
  breakStorage() {
    faulty.fail({ how: 'refuse' });
  },
  /**
   * Storage is back. Resolves when all but `slack` of what was received is stored, with the rows that were stored meanwhile and the time that
   * it took.
   */
  async mendStorage({ slack }) {
    const first = await rows();
    const startedMs = nowMs();
    const backlog = received - (first - before);
    faulty.mend();
    for (;;) {
      await sleep(COUNT_EVERY_MS);
      const stored = await rows();
      const tookMs = nowMs() - startedMs;
      if (received - (stored - before) <= slack) return { backlog, stored: stored - first, tookMs };
      if (tookMs > LIMIT_MS) throw new Error(`${stored - before} of ${received} stored after ${LIMIT_MS / 1000} s`);
    }
  },
  async detach() {
    await pipeline.close();
    counting.close();
    await forgetSession(brokerPort, CLIENT_ID);
  },
});

/**
 * The transport does not say when its subscription stands: a temperature that arrives does. The humidity behind them all says that none is
 * under way any more.
 */
async function subscribed(port) {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: 'bench-probe', reconnectPeriod: 0 });
  const seen = new Set();
  const stopLooking = pipeline.on('reading', ({ quantity }) => seen.add(quantity));
  const deadlineMs = nowMs() + LIMIT_MS;
  const until = async (quantity, step) => {
    while (!seen.has(quantity)) {
      if (nowMs() > deadlineMs) throw new Error(`nothing received: ${pipeline.health().reasons.join('; ')}`);
      await step();
      await sleep(20);
    }
  };
  const publish = (quantity) => {
    const payload = JSON.stringify({ value: 20, timestamp: new Date().toISOString() });
    return client.publishAsync(`sensor/bench-probe/${quantity}`, payload, { qos: 1 });
  };
  await until('temperature', () => publish('temperature'));
  await publish('humidity');
  await until('humidity', async () => {});
  stopLooking();
  await client.endAsync();
}

async function rows() {
  const result = await counting.queryAsync('SELECT count() AS n FROM iot.sensor_temperature', {
    format: 'JSONEachRow',
  });
  return Number(JSON.parse(result.text()).n);
}

function count(name, _labels, by = 1) {
  if (name === 'received_total') received += by;
  counts[name] = (counts[name] ?? 0) + by;
}

function complain(message, fields) {
  problems.push(`${message} ${JSON.stringify(fields)}`);
}
