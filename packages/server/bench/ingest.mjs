// Ingest: MQTT at QoS 1 → decoded → journal synced → acknowledged → rows in ClickHouse, against a bare MQTT.js subscriber that only parses
// JSON. The same broker, the same publisher, by turns; the clock stops when count() equals what was sent.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alternate, median } from '../../../tools/bench/measure.mjs';
import { report, row } from '../../../tools/bench/report.mjs';
import { startChild } from './support/child.mjs';

const MESSAGES = Number(process.env.LOUVER_BENCH_MESSAGES ?? 100_000);
const WINDOW = 2_048;

const folder = await mkdtemp(join(tmpdir(), 'louver-bench-ingest-'));
const broker = startChild('./broker.mjs');
const publisher = startChild('./raw-publisher.mjs');
const consumers = {
  pipeline: startChild('./pipeline-consumer.mjs', [folder]),
  bare: startChild('./bare-consumer.mjs'),
};
const children = [broker, publisher, ...Object.values(consumers)];
/** Where the next round's times begin. */
let nextMs = 0;

try {
  const { port, acknowledgerPort } = await broker.ask('listen');
  const alone = await publisherAlone(acknowledgerPort);
  const results = await alternate({
    bare: () => run(consumers.bare, port, { clean: false }),
    pipeline: () => run(consumers.pipeline, port, {}),
  });
  const { pipeline, bare } = results;
  const rate = (rounds) => median(rounds.map(({ perSecond }) => perSecond));
  const cpu = (rounds) => median(rounds.map(({ cpuUs }) => cpuUs));
  const blocked = median([...pipeline, ...bare].map(({ blockedShare }) => blockedShare));
  await report(
    'ingest',
    [
      row({
        name: 'ingest, MQTT to ClickHouse rows',
        figure: rate(pipeline),
        unit: 'msg/s',
        against: { figure: rate(bare), what: 'bare MQTT.js + JSON.parse' },
        floor: { of: 'ratio', least: 0.8 },
      }),
      row({
        name: 'ingest, CPU per message',
        figure: cpu(pipeline),
        unit: 'µs',
        against: { figure: cpu(bare), what: 'bare MQTT.js + JSON.parse' },
        floor: { of: 'ratio', most: 2.5 },
      }),
      row({
        name: `ingest, the publisher is not the limit: kept waiting ${(100 * blocked).toFixed(0)} %, alone`,
        figure: alone,
        unit: 'msg/s',
        against: { figure: Math.max(rate(pipeline), rate(bare)), what: 'the faster of the two' },
      }),
    ],
    { messages: MESSAGES, window: WINDOW, publisherAlonePerSecond: alone, ...results },
  );
} finally {
  for (const child of children) await child.stop();
  await rm(folder, { recursive: true, force: true });
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

async function run(consumer, port, session) {
  // Of now, as live readings are: what is older than the newest row of an earlier start must be looked up before it is written.
  const baseMs = Math.max(nextMs, Date.now());
  const { lastMs } = await publisher.ask('prepare', { messages: MESSAGES, from: 0, baseMs });
  nextMs = lastMs + 1;
  await consumer.ask('attach', { port, ...session });
  await broker.ask('cpuMs');
  const consumed = consumer.ask('consume', { messages: MESSAGES });
  const sent = await publisher.ask('publish', { port, window: WINDOW });
  const done = await consumed;
  const brokerMs = await broker.ask('cpuMs');
  await consumer.ask('detach');
  const tookMs = done.endedMs - sent.startedMs;
  return {
    perSecond: (MESSAGES * 1000) / tookMs,
    cpuUs: (done.cpuMs * 1000) / MESSAGES,
    blockedShare: sent.blockedMs / (sent.endedMs - sent.startedMs),
    tookMs,
    publishedMs: sent.endedMs - sent.startedMs,
    ...(done.receivedMs && { receivedMs: done.receivedMs - sent.startedMs }),
    busy: { consumer: done.cpuMs / tookMs, broker: brokerMs / tookMs, publisher: sent.cpuMs / tookMs },
  };
}
