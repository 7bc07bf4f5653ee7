import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultContext, type LouverError, type Prediction, type Predictor } from '@louver/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { onnxPredictor, type OnnxPredictorOptions } from '../../src/index.js';
import { confidenceOf } from '../../src/predictor/confidence.js';
import { checkedModel } from '../../src/onnx/checked-model.js';
import { readModelFile } from '../../src/onnx/model-file.js';
import {
  modelFolder,
  referenceCases,
  rejection,
  standardColumns,
  standardManifest,
  type ModelFolder,
} from '../onnx/model-folder.js';
import { floatBytes, onnxBytes, tensor, value } from '../onnx/onnx-bytes.js';

let folder: ModelFolder;
const predictors: Predictor[] = [];

beforeAll(async () => {
  folder = await modelFolder();
});
afterAll(() => folder.remove());
afterEach(async () => {
  await Promise.all(predictors.splice(0).map((predictor) => predictor.close()));
});

async function opened(path: string, options?: OnnxPredictorOptions): Promise<Predictor> {
  const predictor = onnxPredictor(path, options);
  await predictor.open(defaultContext());
  predictors.push(predictor);
  return predictor;
}

const refusal = (path: string): Promise<LouverError> => rejection(opened(path));

describe('answers as the original framework', () => {
  test.each([
    ['regressor.onnx', 1e-4],
    ['regressor_fixed_batch.onnx', 1e-4],
    ['regressor_dynamo.onnx', 1e-4],
    ['external_data.onnx', 1e-4],
    ['regressor_fp16.onnx', 1],
    ['regressor_int8.onnx', 5],
  ])('%s, all rows at once, within %f', async (model, tolerance) => {
    const predictor = await opened(await folder.place(model, standardManifest));
    for (const { inputs, outputs } of await referenceCases(model)) {
      const { dims, data } = inputs['features']!;
      const [rows, width] = dims as [number, number];
      const calls = Array.from({ length: rows }, (_, row) =>
        predictor.predict(Float32Array.from(data.slice(row * width, (row + 1) * width))),
      );
      const got = await Promise.all(calls);
      got.forEach((prediction, row) => {
        expect(Math.abs(prediction.value - outputs['position']!.data[row]!)).toBeLessThanOrEqual(tolerance);
        expect(Math.abs(prediction.outputs['log_var']! - outputs['log_var']!.data[row]!)).toBeLessThanOrEqual(
          tolerance,
        );
        expect(prediction.confidence).toBe(confidenceOf(prediction.outputs['log_var']!));
        expect(prediction.modelVersion).toBe('v1');
        expect(prediction.inferenceMs).toBeGreaterThan(0);
      });
    }
  });

  test('a row of a quantised model answers the same alone and in company', async () => {
    const predictor = await opened(await folder.place('regressor_int8.onnx', standardManifest));
    const rows = Array.from({ length: 8 }, (_, row) => Float32Array.from(standardColumns, (_, i) => i * row * 20));
    const alone: Prediction[] = [];
    for (const row of rows) alone.push(await predictor.predict(row));
    const together = await Promise.all(rows.map((row) => predictor.predict(row)));
    expect(together.map(({ value }) => value)).toEqual(alone.map(({ value }) => value));
  });

  test('two models at once, two hundred calls each', async () => {
    const first = await opened(await folder.place('regressor.onnx', standardManifest));
    const second = await opened(await folder.place('regressor_fixed_batch.onnx', standardManifest));
    const row = Float32Array.from(standardColumns, () => 1);
    const wanted = [(await first.predict(row)).value, (await second.predict(row)).value];
    const calls = Array.from({ length: 400 }, (_, i) => (i % 2 ? second : first).predict(row));
    (await Promise.all(calls)).forEach(({ value }, i) => expect(value).toBeCloseTo(wanted[i % 2]!, 4));
  });
});

describe('refuses in words', () => {
  const gone = '/mnt/';
  test.each([
    ['bad_input_name.onnx', 'its input is called x_in, the manifest expects features'],
    ['bad_input_width.onnx', 'its input features is 40 wide, the manifest has 36 columns'],
    ['bad_output_name.onnx', 'its outputs are called y, z, the manifest expects position as position'],
    ['bad_truncated.onnx', 'cannot be read as an ONNX model: it is cut short or damaged'],
    ['bad_corrupted_header.onnx', 'cannot be read as an ONNX model: it is cut short or damaged'],
    ['bad_empty.onnx', 'the file is empty, expected an ONNX model'],
    ['bad_not_onnx.onnx', 'cannot be read as an ONNX model: it'],
    ['bad_opset_99.onnx', 'its opset is 99, expected 26 at most: export it again with a lower opset'],
    ['bad_ir_99.onnx', 'its IR version is 99, expected 13 at most: export it again with a released onnx'],
    ['bad_unknown_operator.onnx', 'it uses the operator NoSuchOperator, which the runtime does not have'],
    [
      'bad_nan_weights.onnx',
      'is NaN for its own stand-in values, 0 for temperature, 0 for humidity, expected a finite',
    ],
    ['bad_external_data_missing.onnx', 'its weights lie in another file, missing_0data.onnx.data, which was not found'],
    ['forecaster_gru.onnx', 'its input is called sequence, the manifest expects features'],
  ])('%s: %s', async (model, words) => {
    const error = await refusal(await folder.place(model, standardManifest));
    expect(error).toMatchObject({ code: 'E_MODEL', retryable: false });
    expect(error.message).toContain(model);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain(gone);
  });

  test('a file that is not there, an empty folder', async () => {
    expect((await refusal(join(folder.path, 'none.onnx'))).message).toContain(
      'there is no such file, expected an ONNX model',
    );
    const empty = join(folder.path, 'empty');
    await mkdir(empty);
    expect((await refusal(empty)).message).toContain('it is a folder without a model that may serve');
  });

  test('a model without a manifest: what to write, and where', async () => {
    const path = await folder.place('regressor.onnx');
    const { message } = await refusal(path);
    expect(message).toContain(`write a manifest {"name", "version", "columns"`);
    expect(message).toContain(`to ${path}.json, or into the model's metadata_props as louver.manifest`);
  });

  test.each([
    ['not JSON', '{', 'JSON'],
    ['a list', [], 'it is [], expected an object'],
    ['no version', { ...standardManifest, version: undefined }, 'version is missing, expected a text'],
    ['no columns', { ...standardManifest, columns: [] }, 'columns is [], expected [{"name": "temperature"'],
    [
      'a column twice',
      { ...standardManifest, columns: [...standardColumns.slice(0, 35), standardColumns[0]] },
      'columns[35] is temperature again, after columns[0]',
    ],
    [
      'a stand-in that is no number',
      { ...standardManifest, columns: [{ name: 'temperature', ifMissing: null }, ...standardColumns.slice(1)] },
      'columns[0].ifMissing (temperature) is null, expected a number or "hold"',
    ],
    ['no outputs', { ...standardManifest, outputs: undefined }, 'outputs is missing, expected {"position"'],
    [
      'too few columns',
      { ...standardManifest, columns: standardColumns.slice(1) },
      'is 36 wide, the manifest has 35 columns',
    ],
  ])('a manifest with %s', async (_, manifest, words) => {
    const path = await folder.place('regressor.onnx', manifest);
    if (manifest === '{') await writeFile(`${path}.json`, manifest);
    expect((await refusal(path)).message).toContain(words);
  });
});

describe('predict', () => {
  const row = (): Float32Array => Float32Array.from(standardColumns, () => 1);

  test('a JSON of the same name without columns is not taken for a manifest, one with them is', async () => {
    const path = await folder.place('regressor.onnx');
    const beside = path.replace('.onnx', '.json');
    await writeFile(beside, '{"cases": []}');
    expect((await refusal(path)).message).toContain('write a manifest');
    await writeFile(beside, JSON.stringify({ ...standardManifest, version: 'v2', recipe: 'abc' }));
    const predictor = await opened(path);
    expect(predictor).toMatchObject({ modelVersion: 'v2', recipe: 'abc', columns: standardColumns });
    await writeFile(beside, '{"cases": []}');
  });

  test('NaN never reaches the model, and a wrong length is named', async () => {
    const predictor = await opened(await folder.place('regressor.onnx', standardManifest));
    const bad = row();
    bad[1] = NaN;
    await expect(predictor.predict(bad)).rejects.toThrow('feature humidity is NaN, expected a finite number');
    await expect(predictor.predict(new Float32Array(3))).rejects.toThrow('got 3 features, expected 36');
  });

  test('without an output that says how sure it is, the confidence is NaN', async () => {
    const manifest = { ...standardManifest, outputs: { position: 'log_var' } };
    const predictor = await opened(await folder.place('regressor.onnx', manifest));
    const prediction = await predictor.predict(row());
    expect(prediction.confidence).toBeNaN();
    expect(Object.keys(prediction.outputs)).toEqual(['log_var']);
  });

  test('a confidence output is clamped to 0..1', async () => {
    const manifest = { ...standardManifest, outputs: { position: 'position', confidence: 'position' } };
    const predictor = await opened(await folder.place('regressor.onnx', manifest));
    const { value, confidence } = await predictor.predict(row());
    expect(value).toBeGreaterThan(1);
    expect(confidence).toBe(1);
  });

  test('the queue is bounded, aborted calls end with E_TIMEOUT', async () => {
    const predictor = await opened(await folder.place('regressor.onnx', standardManifest), { queueLimit: 2 });
    const stop = new AbortController();
    const calls = [predictor.predict(row()), predictor.predict(row(), stop.signal), predictor.predict(row())];
    stop.abort();
    const settled = await Promise.allSettled(calls);
    expect(settled[0]).toMatchObject({ status: 'fulfilled' });
    expect(settled[1]).toMatchObject({ reason: { code: 'E_TIMEOUT' } });
    expect(settled[2]).toMatchObject({ reason: { code: 'E_OVERLOADED' } });
  });

  test('close waits for calls in flight and is the end', async () => {
    const predictor = await opened(await folder.place('regressor.onnx', standardManifest), { modelVersion: 'mine' });
    const call = predictor.predict(row());
    await Promise.all([predictor.close(), predictor.close()]);
    expect((await call).modelVersion).toBe('mine');
    await expect(predictor.predict(row())).rejects.toMatchObject({ code: 'E_NOT_OPEN' });
  });

  test('before open there is no answer', async () => {
    await expect(onnxPredictor('x.onnx').predict(row())).rejects.toMatchObject({ code: 'E_NOT_OPEN' });
    expect(() => onnxPredictor('x.onnx', { queueLimit: 0 })).toThrow('E_CONFIG');
  });
});

test('confidence is the probability of being within ten points', () => {
  expect(confidenceOf(2 * Math.log(10))).toBeCloseTo(0.6827, 4);
  expect(confidenceOf(2 * Math.log(5))).toBeCloseTo(0.9545, 4);
  expect(confidenceOf(1e6)).toBeCloseTo(0, 6);
  expect(confidenceOf(-1e6)).toBe(1);
});

describe('models of other kinds', () => {
  const columns = ['temperature', 'humidity'].map((name) => ({ name, ifMissing: 0 }));
  const manifest = { name: 'product', version: 'v1', columns, outputs: { position: 'y' } };
  const productOf = (rows: number | null): Uint8Array =>
    onnxBytes({
      nodes: [{ operator: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
      inputs: [value('x', 'float32', [rows, 2])],
      outputs: [value('y', 'float32', [rows, 1])],
      initializers: [tensor('w', 'float32', [2, 1], floatBytes(2, 3))],
    });

  test('dimensions without a name, as scikit-learn exports', async () => {
    const path = await folder.write('product.onnx', productOf(null));
    await folder.write('product.onnx.json', JSON.stringify(manifest));
    const predictor = await opened(path);
    const calls = [1, 10].map((temperature) => predictor.predict(Float32Array.of(temperature, 1)));
    expect((await Promise.all(calls)).map(({ value: position }) => position)).toEqual([5, 23]);
  });

  test.each([1, 3, 100])(
    'of a fixed number of rows, %i: fewer are filled up, more run one after the other',
    async (rows) => {
      const path = await folder.write('fixed.onnx', productOf(rows));
      await folder.write('fixed.onnx.json', JSON.stringify(manifest));
      const predictor = await opened(path);
      expect((await predictor.predict(Float32Array.of(1, 1))).value).toBe(5);
      const calls = Array.from({ length: 7 }, (_, i) => predictor.predict(Float32Array.of(i, 1)));
      expect((await Promise.all(calls)).map(({ value: position }) => position)).toEqual([3, 5, 7, 9, 11, 13, 15]);
    },
  );

  test('of a fixed number of rows that no machine should compute for one is refused', async () => {
    const path = await folder.write('fixed.onnx', productOf(5000));
    await folder.write('fixed.onnx.json', JSON.stringify(manifest));
    expect((await refusal(path)).message).toContain('takes exactly 5000 rows, expected 1 to 1024, or any number');
  });

  test('further outputs are kept by name', async () => {
    const outputs = { position: 'position', co2: 'log_var' };
    const path = await folder.place('regressor.onnx', { ...standardManifest, outputs });
    const prediction = await (await opened(path)).predict(Float32Array.from(standardColumns, () => 1));
    expect(Object.keys(prediction.outputs)).toEqual(['position', 'log_var']);
    expect(prediction.confidence).toBeNaN();
    const wrong = { ...standardManifest, outputs: { position: 'position', co2: 'ppm' } };
    const { message } = await refusal(await folder.place('regressor.onnx', wrong));
    expect(message).toContain('its outputs are called position, log_var, the manifest expects ppm as co2');
  });

  test('rows of a float16 model are answered together', async () => {
    const file = await readModelFile(await folder.place('regressor_fp16.onnx', standardManifest));
    const { session, model } = await checkedModel(file);
    expect(session.maxRows).toBe(64);
    await model.release();
  });

  test('a number that float16 does not hold is refused, in features and stand-ins', async () => {
    const predictor = await opened(await folder.place('regressor_fp16.onnx', standardManifest));
    const row = Float32Array.from(standardColumns, () => 1);
    row[1] = 65_519;
    expect((await predictor.predict(row)).value).toBeGreaterThanOrEqual(0);
    row[1] = 65_520;
    await expect(predictor.predict(row)).rejects.toThrow('feature humidity is 65520, expected at most 65504');
    const far = [...standardColumns.slice(0, 35), { name: 'far', ifMissing: 1e6 }];
    const path = await folder.place('regressor_fp16.onnx', { ...standardManifest, columns: far });
    expect((await refusal(path)).message).toContain('ifMissing of far is 1000000, expected at most 65504');
  });

  test('a model that fails at its own stand-ins is refused once, not twice over', async () => {
    const gather = onnxBytes({
      nodes: [
        { operator: 'MatMul', inputs: ['x', 'w'], outputs: ['product'] },
        { operator: 'Gather', inputs: ['product', 'tenth'], outputs: ['y'] },
      ],
      inputs: [value('x', 'float32', ['batch', 2])],
      outputs: [value('y', 'float32', [1, 1])],
      initializers: [
        tensor('w', 'float32', [2, 1], floatBytes(2, 3)),
        tensor('tenth', 'int64', [1], new Uint8Array(BigInt64Array.of(9n).buffer)),
      ],
    });
    const path = await folder.write('gather.onnx', gather);
    await folder.write('gather.onnx.json', JSON.stringify(manifest));
    const { message } = await refusal(path);
    expect(message.match(/E_MODEL/g)).toHaveLength(1);
    expect(message).toContain(`${path}: the model failed: `);
  });
});
