// What a device costs that has been heard and is quiet now: 100,000 of them have sent a temperature and a humidity, and had their command. The
// whole pipeline with everything that it keeps per device; storage is one that keeps nothing.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createPipeline, deadband, durableReceipt, memoryTransport } from '@louver/core';
import { fileJournal } from '@louver/core/journal';
import { esp32Codec } from '@louver/device-esp32';
import { report, row } from '../../../tools/bench/report.mjs';

const DEVICES = Number(process.env.LOUVER_BENCH_DEVICES ?? 100_000);
/** Fills what is bounded and not per device: windows of ids, the journal's memory of its newest records. */
const WARM_UP = 250_000;
const UNDER_WAY = 1_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

const folder = await mkdtemp(join(tmpdir(), 'louver-bench-device-memory-'));
const transport = memoryTransport();
const noted = [];
const pipeline = createPipeline({
  transport,
  codec: esp32Codec(),
  journal: fileJournal(join(folder, 'journal')),
  storage: {
    name: 'nothing',
    supports: { durable: true, lookup: false },
    async open() {},
    async close() {},
    write: async () => durableReceipt('storage', Date.now()),
  },
  detector: deadband({ temperature: 0.5, humidity: 2 }),
  engine: { name: 'half-open', async open() {}, async close() {}, infer: async (request) => resultOf(request) },
  context: { logger: { debug() {}, info() {}, warn: complain, error: complain } },
});
let before;
let after;
try {
  await pipeline.open();
  const baseMs = Date.now() - WARM_UP;
  await send(WARM_UP, (i) => ['sensor/only/temperature', reading(20, baseMs + i)]);
  before = await heapBytes();
  await send(DEVICES, (i) => [`sensor/device-${i}/temperature`, reading(20, Date.now())]);
  await send(DEVICES, (i) => [`sensor/device-${i}/humidity`, reading(50, Date.now())]);
  after = await heapBytes();
} finally {
  await pipeline.close();
  await rm(folder, { recursive: true, force: true });
}
if (noted.length > 0) throw new Error(noted.slice(0, 3).join('; '));

await report(
  'device-memory',
  [
    row({
      name: `memory per idle device, ${DEVICES.toLocaleString('en')} devices`,
      figure: (after - before) / DEVICES / 1024,
      unit: 'KiB',
      floor: { of: 'figure', most: 1 },
    }),
  ],
  { devices: DEVICES, beforeBytes: before, afterBytes: after },
);

/** Publishes `count` messages, a thousand at a time, and waits until everything that follows from them is stored. */
async function send(count, message) {
  for (let i = 0; i < count; i += UNDER_WAY) {
    const some = Array.from({ length: Math.min(UNDER_WAY, count - i) }, (_, j) => transport.inject(...message(i + j)));
    await Promise.all(some);
  }
  await pipeline.drain();
}

function reading(value, atMs) {
  return JSON.stringify({ value, timestamp: new Date(atMs).toISOString() });
}

async function heapBytes() {
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (let i = 0; i < 3; i++) collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function resultOf({ requestId, deviceId, timestampMs, scalars }) {
  const modelVersion = 'v1';
  const command = {
    kind: 'window',
    // 32 hex digits, as the engine makes them.
    commandId: [...requestId].reverse().join(''),
    requestId,
    deviceId,
    timestampMs,
    position: 50,
    confidence: 0.9,
    featuresUsed: { temperature: scalars.temperature, humidity: scalars.humidity, audioFeatures: [] },
    modelVersion,
    source: 'model',
  };
  return { kind: 'inference-result', requestId, deviceId, timestampMs, value: 50, confidence: 0.9, inferenceMs: 0.1, modelVersion, command }; // prettier-ignore
}

function complain(message, fields) {
  noted.push(`${message} ${JSON.stringify(fields)}`);
}
