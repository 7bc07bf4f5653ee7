// The shipped regressor through the predictor (checks, queue, batches, confidence) against single runs of a bare session.
import * as ort from 'onnxruntime-web';
import { readFile } from 'node:fs/promises';
import { defaultContext } from '@louver/core';
import { onnxPredictor, shippedModelPath } from '@louver/ml';
import { alternate, median, quantile } from '../../../tools/bench/measure.mjs';
import { report, row } from '../../../tools/bench/report.mjs';

const CONCURRENT = 64;
const BATCHES = 60;
const CALLS = 2_000;

const path = shippedModelPath();
const predictor = onnxPredictor(path);
await predictor.open(defaultContext());
const width = predictor.columns.length;
// The same runtime, set up by the predictor: both runs use one thread.
const session = await ort.InferenceSession.create(new Uint8Array(await readFile(path)));
const { inputNames, outputNames } = session;

const base = predictor.columns.map(({ ifMissing }) => (ifMissing === 'hold' ? 20 : ifMissing));
const inputs = Array.from({ length: CONCURRENT }, (_, i) => Float32Array.from(base, (value) => value + 0.01 * i));
// As bare as it goes: one tensor for all runs.
const tensor = new ort.Tensor('float32', new Float32Array(width), [1, width]);
const feed = { [inputNames[0]]: tensor };

await agree();
const { concurrent, lone, bare } = await alternate(
  { bare: bareRuns, concurrent: concurrentCalls, lone: loneCalls },
  { warmUp: 2 },
);
await predictor.close();
await session.release();

const bareUs = median(bare.map(({ mean }) => mean));
const bareP50Us = median(bare.map(({ p50 }) => p50));
await report(
  'inference',
  [
    row({
      name: `inference, ${CONCURRENT} concurrent calls, each`,
      figure: median(concurrent),
      unit: 'µs',
      against: { figure: bareUs, what: 'a bare run' },
      floor: { of: 'ratio', most: 1 },
    }),
    row({
      name: 'inference, a lone call adds at p50',
      figure: median(lone) - bareP50Us,
      unit: 'µs',
      floor: { of: 'figure', most: 150 },
    }),
  ],
  { concurrentUs: concurrent, loneP50Us: lone, bareUs: bare, columns: width },
);

/** Mean time of a call in µs. */
async function concurrentCalls() {
  const startedMs = performance.now();
  for (let batch = 0; batch < BATCHES; batch++) await Promise.all(inputs.map((input) => predictor.predict(input)));
  return ((performance.now() - startedMs) * 1000) / (BATCHES * CONCURRENT);
}

/** Median time of a call in µs, one after the other. */
async function loneCalls() {
  const times = new Float64Array(CALLS);
  for (let call = 0; call < CALLS; call++) {
    const startedMs = performance.now();
    await predictor.predict(inputs[call % CONCURRENT]);
    times[call] = (performance.now() - startedMs) * 1000;
  }
  return quantile(times, 0.5);
}

/** Mean and median time of a run in µs, one after the other. */
async function bareRuns() {
  const times = new Float64Array(CALLS);
  const began = performance.now();
  for (let run = 0; run < CALLS; run++) {
    const startedMs = performance.now();
    tensor.data.set(inputs[run % CONCURRENT]);
    await session.run(feed, outputNames);
    times[run] = (performance.now() - startedMs) * 1000;
  }
  return { mean: ((performance.now() - began) * 1000) / CALLS, p50: quantile(times, 0.5) };
}

/** A fast answer that is another one would prove nothing. */
async function agree() {
  const predictions = await Promise.all(inputs.map((input) => predictor.predict(input)));
  for (let i = 0; i < CONCURRENT; i++) {
    tensor.data.set(inputs[i]);
    const results = await session.run(feed, outputNames);
    const { outputs } = predictions[i];
    for (const name of Object.keys(outputs)) {
      const expected = results[name].data[0];
      if (!(Math.abs(outputs[name] - expected) <= 1e-4 * Math.max(1, Math.abs(expected)))) {
        throw new Error(`row ${i}: ${name} is ${outputs[name]} through the predictor, ${expected} from the session`);
      }
    }
  }
}
