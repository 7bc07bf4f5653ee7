import { describe, expect, test } from 'vitest';
import { loadModel, type OnnxModel } from '../../src/index.js';
import { reference, referenceCases, referenceFolder, rejection, type ReferenceCase } from './model-folder.js';

interface Reference {
  readonly model: string;
  readonly tolerance: number;
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly shape: unknown }[];
  readonly outputs: readonly { readonly name: string; readonly type: string; readonly shape: unknown }[];
}
const { models, broken } = await reference<{ models: Reference[]; broken: { model: string }[] }>('manifest.json');
const file = (model: string): string => `${referenceFolder}${model}`;

/** Largest difference to the case's outputs; throws when names, types or dims differ. */
async function difference(model: OnnxModel, { inputs, outputs }: ReferenceCase): Promise<number> {
  const got = await model.run(inputs);
  expect(Object.keys(got)).toEqual(model.outputs.map(({ name }) => name));
  let worst = 0;
  for (const [name, { dims, type, data }] of Object.entries(outputs)) {
    expect(got[name]).toMatchObject({ dims, type });
    expect(got[name]!.data).toHaveLength(data.length);
    data.forEach((wanted, i) => (worst = Math.max(worst, Math.abs(Number(got[name]!.data[i]) - wanted))));
  }
  return worst;
}

const mixed = (i: number): number => (i * 7919) % 2399;

describe('every reference model answers as the original framework', () => {
  test.each(models)('$model within $tolerance', async ({ model: name, tolerance, inputs, outputs }) => {
    const model = await loadModel(file(name));
    const types: Readonly<Record<string, string>> = { FLOAT: 'float32', FLOAT16: 'float16', INT64: 'int64' };
    const expected = (values: Reference['inputs']) => values.map((value) => ({ ...value, type: types[value.type] }));
    expect(model.inputs).toEqual(expected(inputs));
    expect(model.outputs).toEqual(expected(outputs));
    const cases = await referenceCases(name);
    expect(cases.length).toBeGreaterThan(0);
    for (const one of cases) expect(await difference(model, one)).toBeLessThanOrEqual(tolerance);
    await model.close();
  });

  test('six models at once, four hundred runs each in mixed order: every answer is its own', async () => {
    const names = ['autoencoder', 'forecaster_gru', 'forecaster_lstm', 'isolation_forest', 'mel_classifier', 'regressor_fp16']; // prettier-ignore
    const runs = 400;
    const loaded = await Promise.all(
      names.map(async (name) => {
        const [model, cases] = await Promise.all([loadModel(file(`${name}.onnx`)), referenceCases(`${name}.onnx`)]);
        const { tolerance } = models.find((entry) => entry.model === `${name}.onnx`)!;
        return { model, cases, tolerance };
      }),
    );
    // Modulo a prime that is near: neighbours in the order are of any models.
    const order = Array.from({ length: names.length * runs }, (_, i) => i).toSorted((a, b) => mixed(a) - mixed(b));
    const differences = await Promise.all(
      order.map(async (at) => {
        const { model, cases, tolerance } = loaded[at % names.length]!;
        return (await difference(model, cases[Math.floor(at / names.length) % cases.length]!)) / tolerance;
      }),
    );
    expect(differences).toHaveLength(2400);
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    await Promise.all(loaded.map(({ model }) => model.close()));
  });
});

const row = { dims: [1, 36], data: new Float32Array(36).fill(1) };

describe('every broken model is refused in words', () => {
  const atLoad: Readonly<Record<string, string>> = {
    'bad_truncated.onnx': 'cannot be read as an ONNX model: it is cut short or damaged',
    'bad_corrupted_header.onnx': 'cannot be read as an ONNX model: it is cut short or damaged',
    'bad_empty.onnx': 'the file is empty, expected an ONNX model',
    'bad_not_onnx.onnx': 'cannot be read as an ONNX model: it',
    'bad_opset_99.onnx': 'its opset is 99, expected 26 at most: export it again with a lower opset',
    'bad_ir_99.onnx': 'its IR version is 99, expected 13 at most: export it again with a released onnx',
    'bad_unknown_operator.onnx': 'it uses the operator NoSuchOperator, which the runtime does not have',
    'bad_external_data_missing.onnx': `its weights lie in another file, missing_0data.onnx.data, which was not found: expected it as ${referenceFolder}missing_0data.onnx.data`,
  };
  const atRun: Readonly<Record<string, string>> = {
    'bad_input_name.onnx': 'its inputs are x_in (float32 [batch, 36]): x_in is missing, features is not one of them',
    'bad_input_width.onnx': 'input features: dims are [1, 36], expected [batch, 40]',
    'bad_nan_weights.onnx': 'although every input is finite: the weights are damaged',
  };
  // Another name of an output is wrong for a manifest only: the predictor's test has it.
  const elsewhere = ['bad_output_name.onnx'];

  test('the lists name every broken model', () => {
    const named = [...Object.keys(atLoad), ...Object.keys(atRun), ...elsewhere];
    expect(named.toSorted()).toEqual(broken.map(({ model }) => model).toSorted());
  });

  const check = async (promise: Promise<unknown>, model: string, words: string): Promise<void> => {
    const error = await rejection(promise);
    expect(error).toMatchObject({ code: 'E_MODEL', retryable: false });
    expect(error.message).toContain(`${file(model)}: `);
    expect(error.message).toContain(words);
    expect(error.message).not.toMatch(/\/mnt\/|\.cc|E_MODEL.*E_MODEL/);
  };

  test.each(Object.entries(atLoad))('%s at load: %s', async (model, words) => {
    await check(loadModel(file(model)), model, words);
    await check(loadModel(file(model)).run({ features: row }), model, words);
  });

  test.each(Object.entries(atRun))('%s at run: %s', async (model, words) => {
    await check(loadModel(file(model)).run({ features: row }), model, words);
  });

  test('outputs of another name load, and are named', async () => {
    const model = await loadModel(file('bad_output_name.onnx'));
    expect(model.outputs.map(({ name }) => name)).toEqual(['y', 'z']);
    await model.close();
  });

  test('which output is NaN, and where', async () => {
    const { message } = await rejection(loadModel(file('bad_nan_weights.onnx')).run({ features: row }));
    expect(message).toMatch(/its output (position|log_var) is NaN \(data\[0\]\)/);
  });
});
