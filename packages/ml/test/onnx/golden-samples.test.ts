import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkedModel } from '../../src/onnx/checked-model.js';
import type { GoldenSample } from '../../src/onnx/golden-samples.js';
import { readModelFile } from '../../src/onnx/model-file.js';
import {
  modelFolder,
  referenceCases,
  rejection,
  standardColumns,
  standardManifest,
  type ModelFolder,
} from './model-folder.js';
import { floatBytes, onnxBytes, tensor, value } from './onnx-bytes.js';

let folder: ModelFolder;
beforeAll(async () => {
  folder = await modelFolder();
});
afterAll(() => folder.remove());

async function opens(path: string): Promise<void> {
  const { model } = await checkedModel(await readModelFile(path));
  await model.release();
}

const refusal = async (path: string): Promise<string> => (await rejection(opens(path))).message;

/** What PyTorch gave for the rows of the reference data. */
async function samplesOf(model: string, tolerance?: number): Promise<GoldenSample[]> {
  const [first] = await referenceCases(model);
  const { dims, data } = first!.inputs['features']!;
  const width = dims[1]!;
  return Array.from({ length: dims[0]! }, (_, row) => ({
    inputs: Object.fromEntries(standardColumns.map(({ name }, i) => [name, data[row * width + i]!])),
    outputs: Object.fromEntries(Object.entries(first!.outputs).map(([name, output]) => [name, output.data[row]!])),
    ...(tolerance !== undefined && { tolerance }),
  }));
}

describe('what the framework gave is what the runtime gives', () => {
  test.each([
    ['regressor.onnx', undefined],
    ['regressor_dynamo.onnx', undefined],
    ['regressor_fixed_batch.onnx', undefined],
    ['external_data.onnx', undefined],
    ['regressor_fp16.onnx', 1],
    ['regressor_int8.onnx', 5],
  ])('%s, tolerance %s', async (model, tolerance) => {
    const goldenSamples = await samplesOf(model, tolerance);
    await opens(await folder.place(model, { ...standardManifest, goldenSamples }));
  });

  test('a quantised model is refused by the tolerance of an exact one', async () => {
    const goldenSamples = await samplesOf('regressor_int8.onnx');
    const path = await folder.place('regressor_int8.onnx', { ...standardManifest, goldenSamples });
    expect(await refusal(path)).toMatch(/golden sample 1 of \d+ gives position .* greater tolerance/);
  });
});

describe('a model that answers otherwise is refused', () => {
  const columns = [
    { name: 'temperature', ifMissing: 'hold' },
    { name: 'rms_mean', ifMissing: 0.5 },
  ];
  /** y = 2 temperature + 3 rms_mean */
  const product = onnxBytes({
    nodes: [{ operator: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
    inputs: [value('x', 'float32', ['batch', 2])],
    outputs: [value('y', 'float32', ['batch', 1])],
    initializers: [tensor('w', 'float32', [2, 1], floatBytes(2, 3))],
  });

  async function withSamples(...goldenSamples: readonly unknown[]): Promise<string> {
    const manifest = { name: 'product', version: 'v1', columns, outputs: { position: 'y' }, goldenSamples };
    await folder.write('product.onnx.json', JSON.stringify(manifest));
    return folder.write('product.onnx', product);
  }

  test('with the sample, the output, both numbers, the difference, what is allowed and what it may mean', async () => {
    const right = { inputs: { temperature: 10, rms_mean: 1 }, outputs: { y: 23 } };
    const wrong = { inputs: { temperature: 10, rms_mean: 2 }, outputs: { y: 25 } };
    const message = await refusal(await withSamples(right, wrong, wrong));
    expect(message).toContain(
      'golden sample 2 of 3 gives y 26, its manifest expects 25: they differ by 1, allowed are 0.0025 (2 of 3 samples differ).',
    );
    expect(message).toContain(
      'These are not the weights that were trained, the export changed the network, or the columns',
    );
  });

  test('a column that is left out takes its stand-in', async () => {
    await opens(await withSamples({ inputs: { temperature: 10 }, outputs: { y: 21.5 } }));
    expect(await refusal(await withSamples({ inputs: { rms_mean: 1 }, outputs: { y: 3 } }))).toContain(
      'goldenSamples[0].inputs lacks temperature',
    );
  });

  test('the tolerance is 1e-4, of the number where that is more than 1, or what the sample says', async () => {
    const inputs = { temperature: 0, rms_mean: 0 };
    await opens(await withSamples({ inputs, outputs: { y: 0.9e-4 } }));
    expect(await refusal(await withSamples({ inputs, outputs: { y: 1.1e-4 } }))).toContain('allowed are 0.0001');
    await opens(await withSamples({ inputs: { temperature: 50, rms_mean: 0 }, outputs: { y: 100.009 } }));
    expect(await refusal(await withSamples({ inputs, outputs: { y: 0.9e-4 }, tolerance: 0 }))).toContain(
      'allowed are 0 ',
    );
    await opens(await withSamples({ inputs, outputs: { y: 7 }, tolerance: 7 }));
  });

  test('what is no number is no answer', async () => {
    const root = onnxBytes({
      nodes: [
        { operator: 'MatMul', inputs: ['x', 'w'], outputs: ['product'] },
        { operator: 'Sqrt', inputs: ['product'], outputs: ['y'] },
      ],
      inputs: [value('x', 'float32', ['batch', 2])],
      outputs: [value('y', 'float32', ['batch', 1])],
      initializers: [tensor('w', 'float32', [2, 1], floatBytes(2, 3))],
    });
    const path = await withSamples(
      { inputs: { temperature: 10 }, outputs: { y: 5 }, tolerance: 1 },
      { inputs: { temperature: -10 }, outputs: { y: 5 }, tolerance: 1000 },
    );
    await folder.write('product.onnx', root);
    expect(await refusal(path)).toContain('golden sample 2 of 2 gives y NaN, its manifest expects 5');
  });

  test('what float16 does not hold is named', async () => {
    const inputs = Object.fromEntries(standardColumns.map(({ name }) => [name, 70_000]));
    const goldenSamples = [{ inputs, outputs: { position: 1 } }];
    const path = await folder.place('regressor_fp16.onnx', { ...standardManifest, goldenSamples });
    expect(await refusal(path)).toContain('golden sample 1 has 70000 as temperature, expected at most 65504');
  });
});
