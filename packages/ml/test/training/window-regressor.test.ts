import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContext } from '@louver/core';
import { describe, expect, test } from 'vitest';
import { onnxPredictor } from '../../src/index.js';
import {
  columnRanges,
  goldenSamplesOf,
  regressorToOnnx,
  trainWindowRegressor,
  type TrainingSet,
  type WindowRegressor,
} from '../../src/training/index.js';

/** mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Position rises with the first feature; its noise has a standard deviation of 3 or, where the second is positive, 15. */
function noisySlope(rows: number, random: () => number): TrainingSet {
  const features = new Float32Array(rows * 3);
  const positions = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const [a, b] = [2 * random() - 1, 2 * random() - 1];
    features.set([a * 1000, b, 7], row * 3);
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    positions[row] = 50 + 30 * a + normal * (b > 0 ? 15 : 3);
  }
  return { width: 3, features, positions };
}

function trained(seed: number): WindowRegressor {
  const random = seeded(seed);
  const set = noisySlope(4000, random);
  return trainWindowRegressor(set, { hidden: [16, 8], epochs: 30, batchSize: 32, learningRate: 5e-3, random });
}

const model = trained(1);

test('learns the mean and how sure it may be', () => {
  const out = new Float64Array(2);
  for (const [a, b, position, deviation] of [
    [-0.5, -0.5, 35, 3],
    [0.5, -0.5, 65, 3],
    [0.5, 0.5, 65, 15],
  ] as const) {
    model.predict(Float32Array.of(a * 1000, b, 7), out);
    expect(Math.abs(out[0]! - position)).toBeLessThan(3);
    expect(Math.exp(out[1]! / 2) / deviation).toBeGreaterThan(0.7);
    expect(Math.exp(out[1]! / 2) / deviation).toBeLessThan(1.4);
  }
});

test('the same seed trains the same model, another seed another', () => {
  expect(trained(1).layers).toEqual(model.layers);
  expect(trained(2).layers).not.toEqual(model.layers);
});

test('as an ONNX file it carries its manifest and answers the same, also far outside of what it was trained on', async () => {
  const manifest = {
    name: 'slope',
    version: 'v3',
    columns: ['a', 'b', 'c'].map((name) => ({ name, ifMissing: 0 })),
    outputs: { position: 'position', logVariance: 'log_var' },
    trainedOn: 'a line with noise',
    seed: 1,
  };
  const folder = await mkdtemp(join(tmpdir(), 'louver-trained-'));
  const path = join(folder, 'slope.onnx');
  await writeFile(path, regressorToOnnx(model, manifest));
  const predictor = onnxPredictor(path);
  await predictor.open(defaultContext());
  expect(predictor.modelVersion).toBe('v3');
  expect(predictor.columns).toEqual(manifest.columns);
  const out = new Float64Array(2);
  for (const row of [
    [0, 0, 0],
    [300, 0.2, 7],
    [-900, -1, 7],
    [1e9, -1e9, 1e9],
  ]) {
    const features = Float32Array.from(row);
    model.predict(features, out);
    const prediction = await predictor.predict(features);
    expect(prediction.value).toBeCloseTo(out[0]!, 3);
    expect(prediction.outputs['log_var']).toBeCloseTo(out[1]!, 3);
  }
  await predictor.close();
  await rm(folder, { recursive: true });
});

describe('what a manifest says of the training', () => {
  test('ranges are those of the rows, rounded outward to three digits', () => {
    const features = Float32Array.from([-9.9987, 0.00012345, 7, 1234.5, 0, 39.991, -0.5, 7, 99999, 0]);
    expect(columnRanges({ width: 5, features })).toEqual([
      [-10, 40],
      [-0.5, 0.000124],
      undefined,
      [1230, 100000],
      undefined,
    ]);
    const set = noisySlope(1000, seeded(3));
    columnRanges(set).forEach((range, column) => {
      const values = set.features.filter((_, i) => i % 3 === column);
      if (!range) return expect(column).toBe(2);
      expect(range[0]).toBeLessThanOrEqual(Math.min(...values));
      expect(range[1]).toBeGreaterThanOrEqual(Math.max(...values));
      expect(range[1] - range[0]).toBeLessThan(1.02 * (Math.max(...values) - Math.min(...values)));
    });
  });

  test('golden samples are what the network gives, for rows from all over', () => {
    const set = noisySlope(1000, seeded(4));
    const columns = ['a', 'b', 'c'].map((name) => ({ name, ifMissing: 0 }));
    const samples = goldenSamplesOf(model, columns, set, 8);
    expect(samples).toHaveLength(8);
    const out = new Float64Array(2);
    samples.forEach(({ inputs, outputs }, i) => {
      expect(inputs['a']).toBeCloseTo(set.features[i * 125 * 3]!, 3);
      model.predict(Float32Array.of(inputs['a']!, inputs['b']!, inputs['c']!), out);
      expect(outputs['position']).toBeCloseTo(out[0]!, 4);
      expect(outputs['log_var']).toBeCloseTo(out[1]!, 4);
    });
    expect(goldenSamplesOf(model, columns, { width: 3, features: set.features.subarray(0, 6) }, 8)).toHaveLength(2);
  });
});
