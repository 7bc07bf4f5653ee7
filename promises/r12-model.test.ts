import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createPipeline,
  deadband,
  localEngine,
  memoryStorage,
  memoryTransport,
  type MemoryTransport,
} from '@louver/core';
import { esp32Codec, seededRandom } from '@louver/device-esp32';
import { onnxPredictor, type ModelState, type OnnxPredictor } from '@louver/ml';
import { expect, test, vi } from 'vitest';
import { hangingModel, rootModel, sumModel } from '../packages/ml/test/predictor/test-models.js';
import { keepingLogger } from '../packages/core/test/support/test-parts.js';

import { progress, report } from './support/report.js';
import { SEED, tiered } from './support/tier.js';

const PER_SECOND = 200;
const DEVICES = 20;
const HUMIDITY = 40;
const ROUNDS = tiered(1, 30);
/** Each model serves for so long before the next one comes. */
const BETWEEN_MS = 300;
const HANG_MS = 300;
/** Of what was asked, so much may be superseded: what came while a model hung, and what two readings in a row ask. */
const MAX_SUPERSEDED = 0.25;

const COLUMNS = ['temperature', 'humidity'].map((name) => ({ name, ifMissing: 'hold' as const }));

/** A model that comes, and what is to become of it. */
interface Candidate {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly becomes: ModelState;
}

/** What has become of a file that came. */
function stateOf({ versions }: OnnxPredictor, file: string): ModelState | undefined {
  return versions.find(({ path }) => path.endsWith(file))?.state;
}

/** Readings of all devices in turn, each of another temperature, until the signal says so. */
async function ask(transport: MemoryTransport, signal: AbortSignal): Promise<{ asked: number; perSecond: number }> {
  const send = (device: number, quantity: string, value: number): Promise<unknown> =>
    transport.inject(`sensor/dev-${device}/${quantity}`, JSON.stringify({ value }));
  for (let device = 0; device < DEVICES; device++) await send(device, 'humidity', HUMIDITY);
  const startedMs = performance.now();
  let asked = 0;
  while (!signal.aborted) {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * PER_SECOND);
    for (; asked < due; asked++) void send(asked % DEVICES, 'temperature', 20 + ((asked * 7) % 5000) / 100);
    await sleep(5);
  }
  return { asked, perSecond: asked / ((performance.now() - startedMs) / 1000) };
}

/** A number of its own for each model that is good: its predictions are known by it. */
let biases = 0;
const good = (): Uint8Array => {
  biases++;
  return sumModel({ version: `v${biases}`, bias: biases, columns: COLUMNS });
};

function candidates(draw: () => number): readonly Candidate[] {
  const flipped = good().slice();
  // Of the graph: the manifest comes after it.
  flipped[Math.floor(draw() * 100)]! ^= 1 << Math.floor(draw() * 8);
  const cut = good();
  const nan = { version: 'nan', bias: NaN, columns: COLUMNS };
  return [
    { name: 'good', bytes: good(), becomes: 'serving' },
    { name: 'cut', bytes: cut.subarray(0, 1 + Math.floor(draw() * (cut.length - 1))), becomes: 'refused' },
    { name: 'flipped', bytes: flipped, becomes: 'refused' },
    { name: 'reshaped', bytes: sumModel({ version: 'wide', columns: COLUMNS, width: 3 }), becomes: 'refused' },
    { name: 'nan-weights', bytes: sumModel(nan), becomes: 'refused' },
    { name: 'good', bytes: good(), becomes: 'serving' },
    { name: 'nan-answers', bytes: rootModel('root', { columns: COLUMNS, weight: -1 }), becomes: 'rolled-back' },
    { name: 'hangs', bytes: hangingModel('slow', 10, COLUMNS), becomes: 'rolled-back' },
    { name: 'good', bytes: good(), becomes: 'serving' },
  ];
}

test('R12: models corrupted, reshaped, full of NaN and hanging come at 200 inferences/s: none of them fails', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'louver-r12-'));
  const models = join(folder, 'models');
  await mkdir(models);
  await writeFile(join(models, '000-first.onnx'), good());
  const counts = new Map<string, number>();
  const metrics = {
    count: (name: string, _labels?: unknown, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
    observe: () => undefined,
    gauge: () => undefined,
  };
  const logger = keepingLogger();
  const predictor = onnxPredictor(models, { watch: true, watchIntervalMs: 50, timeoutMs: HANG_MS });
  const storage = memoryStorage();
  const transport = memoryTransport();
  const pipeline = createPipeline({
    transport,
    storage,
    codec: esp32Codec(),
    detector: deadband({ temperature: 0.001 }),
    engine: localEngine({ predictor }),
    context: { logger, metrics },
  });
  const stop = new AbortController();
  try {
    await pipeline.open();
    const sent = ask(transport, stop.signal);
    const draw = seededRandom(SEED);
    const say = progress('R12');
    let came = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (const { name, bytes, becomes } of candidates(draw)) {
        const file = `${String(++came).padStart(3, '0')}-${name}.onnx`;
        await writeFile(join(folder, file), bytes);
        await rename(join(folder, file), join(models, file));
        await vi.waitFor(() => expect(stateOf(predictor, file)).toBe(becomes), { timeout: 8_000, interval: 20 });
        await sleep(BETWEEN_MS);
        say(() => `${came} models, ${counts.get('predictions_total')} predictions`);
      }
    }
    stop.abort();
    const { asked, perSecond } = await sent;
    await pipeline.idle();
    await pipeline.close();

    const temperatures = new Map(storage.rows('sensor_temperature').map((row) => [row.message_id, row.value]));
    const rows = storage.rows('ml_predictions');
    expect(temperatures.size).toBe(asked);
    const superseded = counts.get('inference_superseded_total') ?? 0;
    const versions = new Set(rows.map((row) => row.model_version));
    // Every prediction says whose it is: it is that model's number away from its reading.
    for (const row of rows) {
      const bias = Number(row.model_version.slice(1));
      expect(row.prediction).toBeCloseTo(temperatures.get(row.request_id)! + HUMIDITY + bias, 3);
    }
    expect(counts.get('inference_failed_total') ?? 0).toBe(0);
    expect(new Set(rows.map((row) => row.request_id)).size).toBe(rows.length);
    expect(rows.length + superseded).toBe(asked);
    expect(superseded).toBeLessThan(MAX_SUPERSEDED * asked);
    expect(perSecond).toBeGreaterThan(0.5 * PER_SECOND);
    expect(versions.size).toBeGreaterThanOrEqual(3 * ROUNDS);
    expect((await readdir(models)).filter((file) => file.endsWith('.rolled-back'))).toHaveLength(2 * ROUNDS);
    report(
      'R12',
      `${came} models came, ${versions.size} served; ${asked} inferences at ${perSecond.toFixed(0)}/s: 0 failed, ${superseded} superseded, ` +
        `${counts.get('predictions_failed_total')} answered by the model before`,
    );
  } finally {
    stop.abort();
    await pipeline.close();
    await rm(folder, { recursive: true, force: true });
  }
});
