import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkModel,
  featureRecipe,
  inspectModel,
  manifestSkeleton,
  shippedModelPath,
  type ModelReport,
} from '../../src/index.js';
import { checkedModel } from '../../src/onnx/checked-model.js';
import { parseManifest } from '../../src/onnx/model-manifest.js';
import { readModelFile } from '../../src/onnx/model-file.js';
import { modelFolder, referenceFolder, standardManifest, type ModelFolder } from './model-folder.js';
import { floatBytes, onnxBytes, tensor, value } from './onnx-bytes.js';

let folder: ModelFolder;
beforeAll(async () => {
  folder = await modelFolder();
});
afterAll(() => folder.remove());

const fixture = fileURLToPath(new URL('fixtures/two_heads.onnx', import.meta.url));
const models = (await readdir(referenceFolder)).filter((name) => name.endsWith('.onnx'));

const states = ({ checks }: ModelReport): Record<string, string> =>
  Object.fromEntries(checks.map(({ check, state }) => [check, state]));

/** What opening says. */
async function opening(path: string): Promise<string> {
  try {
    await (await checkedModel(await readModelFile(path))).model.release();
    return 'opens';
  } catch (error) {
    return (error as Error).message;
  }
}

test.each(models)('%s: the first check that fails says what opening says', async (model) => {
  for (const manifest of [standardManifest, undefined]) {
    const path = await folder.place(model, manifest);
    const { checks } = await checkModel(path);
    const failed = checks.find(({ state }) => state === 'failed');
    expect(failed ? `E_MODEL: ${path}: ${failed.words}` : 'opens').toBe(await opening(path));
  }
});

test.each([
  ['the shipped model', shippedModelPath()],
  ['an export of PyTorch', fixture],
])('%s passes every check, in their order, each told as it is made', async (_, path) => {
  const told: string[] = [];
  const report = await checkModel(path, ({ check }) => told.push(check));
  expect(states(report)).toEqual({
    readable: 'ok',
    ONNX: 'ok',
    manifest: 'ok',
    sha256: 'ok',
    runtime: 'ok',
    'inputs and outputs': 'ok',
    'stand-ins': 'ok',
    rows: 'ok',
    'golden samples': 'ok',
  });
  expect(told).toEqual(report.checks.map(({ check }) => check));
});

test('an export of PyTorch brings units, ranges, means and what the network itself gave', async () => {
  const { manifest, file } = await inspectModel(fixture);
  expect(manifest!.columns).toEqual([
    { name: 'temperature', ifMissing: 'hold', unit: '°C', range: [-10, 40] },
    { name: 'humidity', ifMissing: 'hold', unit: '%', range: [5.03, 100] },
    { name: 'rms_mean', ifMissing: expect.closeTo(0.055, 3) as number, range: [0.001, 0.316] },
    {
      name: 'spectral_centroid_mean',
      ifMissing: expect.closeTo(2638, 0) as number,
      unit: 'Hz',
      range: [302, 5000],
    },
  ]);
  expect(manifest!.trainedOn).toContain('a "warm and quiet opens" rule');
  expect(manifest!.goldenSamples).toHaveLength(12);
  expect(manifest!.recipe).toBe(featureRecipe().id);
  expect(file!.metadata).toMatchObject({ producer: 'pytorch', irVersion: 7, opsets: new Map([['ai.onnx', 13]]) });
});

describe('after a check that failed', () => {
  test('those that do not depend on it are made, the others say what they need', async () => {
    const report = await checkModel(await folder.place('regressor.onnx', { ...standardManifest, version: 1 }));
    expect(states(report)).toMatchObject({ manifest: 'failed', sha256: 'skipped', runtime: 'ok', rows: 'skipped' });
    expect(report.checks.find(({ check }) => check === 'golden samples')!.words).toBe('needs manifest and rows first');
    expect(report.inputs).toEqual([{ name: 'features', type: 'float32', shape: ['batch', 36] }]);
    expect(report.manifest).toBeUndefined();
  });

  test('a file that is not there is a report, too', async () => {
    const report = await checkModel(join(folder.path, 'none.onnx'));
    expect(report.checks[0]).toEqual({
      check: 'readable',
      state: 'failed',
      words: 'there is no such file, expected an ONNX model',
    });
    expect(report.file).toBeUndefined();
  });

  test('a manifest that is no file', async () => {
    const path = await folder.place('regressor.onnx');
    await folder.write('regressor.onnx.json/x', '');
    const { checks } = await inspectModel(path);
    expect(checks.find(({ check }) => check === 'manifest')!.words).toBe(
      `${path}.json: it is a folder, expected a model manifest`,
    );
  });
});

describe('a manifest to start from', () => {
  test('can be read, names the hash and guesses columns from their number', async () => {
    const report = await inspectModel(await folder.place('external_data.onnx'));
    const { manifest, hints } = manifestSkeleton(report);
    expect(manifest.columns.map(({ name }) => name)).toEqual(standardManifest.columns.map(({ name }) => name));
    expect(manifest.outputs).toEqual({ position: 'position', logVariance: 'log_var' });
    expect(hints[0]).toContain('guessed');
    const path = await folder.place('external_data.onnx', manifest);
    expect(await opening(path)).toBe('opens');
  });

  test.each(models)('%s: it is a manifest, however little the file says', async (model) => {
    const report = await inspectModel(join(referenceFolder, model));
    const { manifest } = manifestSkeleton(report);
    expect(parseManifest(JSON.parse(JSON.stringify(manifest)))).toEqual({ ...parseManifest(manifest) });
  });

  test('a width that nobody could list is not listed', async () => {
    const wide = onnxBytes({
      nodes: [{ operator: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
      inputs: [value('x', 'float32', ['batch', 2 ** 30])],
      outputs: [value('y', 'float32', ['batch', 1])],
      initializers: [tensor('w', 'float32', [2, 1], floatBytes(2, 3))],
    });
    const report = await inspectModel(await folder.write('wide.onnx', wide));
    expect(manifestSkeleton(report).manifest.columns.length).toBeLessThan(100);
  });
});
