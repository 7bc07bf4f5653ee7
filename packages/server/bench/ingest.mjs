// Ingest: MQTT at QoS 1 → decoded → journal synced → acknowledged → rows in ClickHouse, against a bare MQTT.js subscriber that only parses
// JSON. The same broker, the same publisher, by turns; the clock stops when count() equals what was sent. Once with mosquitto, and once with
// aedes, which is what the embedded broker is made of.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alternate, median } from '../../../tools/bench/measure.mjs';
import { report, row } from '../../../tools/bench/report.mjs';
import { startChild } from './support/child.mjs';
import { hasMosquitto, startMosquitto } from './support/mosquitto.mjs';

const MESSAGES = Number(process.env.LOUVER_BENCH_MESSAGES ?? 200_000);
const ROUNDS = Number(process.env.LOUVER_BENCH_ROUNDS ?? 5);
/** `mosquitto` or `aedes`: only with this one. */
const ONLY = process.env.LOUVER_BENCH_BROKER;
const WINDOW = 2_048;

const folder = await mkdtemp(join(tmpdir(), 'louver-bench-ingest-'));
const aedes = startChild('./broker.mjs');
const publisher = startChild('./raw-publisher.mjs');
const consumers = {
  pipeline: startChild('./pipeline-consumer.mjs', [folder]),
  bare: startChild('./bare-consumer.mjs'),
};
const stops = [aedes, publisher, ...Object.values(consumers)];
const rows = [];
const details = {};
/** Where the next round's times begin. */
let nextMs = 0;

try {
  const { port, acknowledgerPort } = await aedes.ask('listen');
  const alone = await publisherAlone(acknowledgerPort);
  if (!hasMosquitto) console.log('mosquitto is not installed: measured with aedes only');
  if (hasMosquitto && ONLY !== 'aedes') {
    const mosquitto = await startMosquitto();
    stops.push(mosquitto);
    const broker = { name: `mosquitto ${mosquitto.version}`, port: mosquitto.port, protocolVersion: 5, cpuMs: () => mosquitto.cpuMs() }; // prettier-ignore
    await compare(broker, alone);
  }
  // It speaks MQTT 3.1.1 only.
  if (ONLY !== 'mosquitto')
    await compare({ name: 'aedes', port, protocolVersion: 4, cpuMs: () => aedes.ask('cpuMs') }, alone);
  await report('ingest', rows, { messages: MESSAGES, window: WINDOW, publisherAlonePerSecond: alone, ...details });
} finally {
  for (const part of stops) await part.stop();
  await rm(folder, { recursive: true, force: true });
}

async function compare(broker, alone) {
  const results = await alternate(
    { bare: () => run(consumers.bare, broker), pipeline: () => run(consumers.pipeline, broker) },
    { rounds: ROUNDS },
  );
  const { pipeline, bare } = results;
  const mid = (rounds, pick) => median(rounds.map(pick));
  const rate = (rounds) => mid(rounds, ({ perSecond }) => perSecond);
  const cpu = (rounds) => mid(rounds, ({ cpuUs }) => cpuUs);
  const percent = (rounds, pick) => `${(100 * mid(rounds, pick)).toFixed(0)} %`;
  const brokerBusy = (rounds) => percent(rounds, ({ busy }) => busy.broker);
  const blocked = percent([...pipeline, ...bare], ({ blockedShare }) => blockedShare);
  details[broker.name] = results;
  rows.push(
    row({
      name: `ingest through ${broker.name}, rows in ClickHouse`,
      figure: rate(pipeline),
      unit: 'msg/s',
      against: { figure: rate(bare), what: 'bare MQTT.js + JSON.parse' },
      floor: { of: 'ratio', least: 0.8 },
    }),
    row({
      name: `ingest through ${broker.name}, CPU per message`,
      figure: cpu(pipeline),
      unit: 'µs',
      against: { figure: cpu(bare), what: 'bare MQTT.js + JSON.parse' },
      floor: { of: 'ratio', most: 2.5 },
    }),
    row({
      name: `… ${broker.name} itself was busy for ${brokerBusy(pipeline)}, ${brokerBusy(bare)} of the time`,
      figure: mid(pipeline, ({ brokerCpuUs }) => brokerCpuUs),
      unit: 'µs CPU per message',
      against: { figure: mid(bare, ({ brokerCpuUs }) => brokerCpuUs), what: 'with the bare subscriber' },
    }),
    row({
      name: `… the publisher is not the limit: kept waiting ${blocked}, alone`,
      figure: alone,
      unit: 'msg/s',
      against: { figure: Math.max(rate(pipeline), rate(bare)), what: 'the faster of the two' },
    }),
  );
}

/** What the publisher reaches where nothing but acknowledging is done, in messages per second. */
async function publisherAlone(port) {
  const rates = [];
  for (let round = 0; round < 4; round++) {
    await publisher.ask('prepare', { messages: MESSAGES, from: 0, baseMs: 0 });
    const { startedMs, endedMs } = await publisher.ask('publish', { port, window: WINDOW });
    if (round > 0) rates.push((MESSAGES * 1000) / (endedMs - startedMs));
  }
  return median(rates);
}

async function run(consumer, { port, protocolVersion, cpuMs }) {
  // Of now, as live readings are: what is older than the newest row of an earlier start must be looked up before it is written.
  const baseMs = Math.max(nextMs, Date.now());
  const { lastMs } = await publisher.ask('prepare', { messages: MESSAGES, from: 0, baseMs });
  nextMs = lastMs + 1;
  await consumer.ask('attach', { port, protocolVersion });
  await cpuMs();
  const consumed = consumer.ask('consume', { messages: MESSAGES });
  const sent = await publisher.ask('publish', { port, window: WINDOW });
  const done = await consumed;
  const brokerMs = await cpuMs();
  await consumer.ask('detach');
  const tookMs = done.endedMs - sent.startedMs;
  return {
    perSecond: (MESSAGES * 1000) / tookMs,
    cpuUs: (done.cpuMs * 1000) / MESSAGES,
    brokerCpuUs: (brokerMs * 1000) / MESSAGES,
    blockedShare: sent.blockedMs / (sent.endedMs - sent.startedMs),
    tookMs,
    publishedMs: sent.endedMs - sent.startedMs,
    ...(done.receivedMs && { receivedMs: done.receivedMs - sent.startedMs }),
    busy: { consumer: done.cpuMs / tookMs, broker: brokerMs / tookMs, publisher: sent.cpuMs / tookMs },
  };
}
