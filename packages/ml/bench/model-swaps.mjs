// Whether memory grows when models come and go: 100 swaps between two versions of the shipped model, with 1,000 inferences on each. Every
// swap starts a thread with a runtime of its own and ends the one before the last.
import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContext } from '@louver/core';
import { inspectModel, onnxPredictor, shippedModelPath } from '@louver/ml';
import { embedManifest } from '@louver/ml/training';
import { median } from '../../../tools/bench/measure.mjs';
import { report, row } from '../../../tools/bench/report.mjs';

const SWAPS = 100;
const INFERENCES = 1_000;
/** What a process needs is there after so many. */
const WARM_UP = 20;
/** Of the samples, at either end. */
const END_SHARE = 0.25;

const folder = await mkdtemp(join(tmpdir(), 'louver-bench-swaps-'));
const samples = [];
try {
  const paths = [await modelOf('a'), await modelOf('b')];
  const predictor = onnxPredictor(paths[0]);
  await predictor.open(defaultContext());
  const input = Float32Array.from(predictor.columns, ({ ifMissing }) => (ifMissing === 'hold' ? 20 : ifMissing));
  for (let swap = 1; swap <= WARM_UP + SWAPS; swap++) {
    const { version } = await predictor.swapTo(paths[swap % 2]);
    for (let i = 0; i < INFERENCES; i += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => predictor.predict(input)));
      if (answers.some(({ modelVersion }) => modelVersion !== version))
        throw new Error(`expected answers of ${version}`);
    }
    if (swap > WARM_UP) samples.push(process.memoryUsage.rss() / 2 ** 20);
  }
  await predictor.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}

const ends = Math.round(samples.length * END_SHARE);
const [before, after] = [median(samples.slice(0, ends)), median(samples.slice(-ends))];
await report(
  'model-swaps',
  [
    row({
      name: `resident memory at the end of ${SWAPS} swaps, ${(SWAPS * INFERENCES).toLocaleString('en')} inferences`,
      figure: after,
      unit: 'MB',
      against: { figure: before, what: 'at their beginning' },
      floor: { of: 'ratio', most: 1.05 },
    }),
  ],
  { samples },
);

/** The shipped model under a version of its own. */
async function modelOf(version) {
  const { manifest } = await inspectModel(shippedModelPath());
  const path = join(folder, `${version}.onnx`);
  await writeFile(path, embedManifest(await readFile(shippedModelPath()), { ...manifest, version }));
  return path;
}
