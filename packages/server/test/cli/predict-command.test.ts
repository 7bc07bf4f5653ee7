import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { predictCommand } from '../../src/cli/predict-command.js';
import { run, testEnvironment } from './support.js';

const folder = fileURLToPath(new URL('../../../ml/test/golden-onnx/', import.meta.url));

type Tensors = Readonly<Record<string, { readonly dims: number[]; readonly type: string; readonly data: number[] }>>;

interface Reference {
  readonly tolerance?: number;
  readonly cases: readonly { readonly inputs: Tensors; readonly outputs: Tensors }[];
}

async function predict(model: string, input: unknown): Promise<{ readonly outputs: Tensors }> {
  const path = await mkdtemp(join(tmpdir(), 'louver-predict-'));
  onTestFinished(() => rm(path, { recursive: true }));
  const file = join(path, 'input.json');
  await writeFile(file, typeof input === 'string' ? input : JSON.stringify(input));
  const environment = testEnvironment();
  await run(predictCommand(environment), join(folder, model), file);
  return JSON.parse(environment.lines.join('')) as { outputs: Tensors };
}

const models = (await readdir(folder)).filter((name) => name.endsWith('.onnx') && !name.startsWith('bad_'));

test.each(models)('%s answers as its framework did', async (model) => {
  const text = await readFile(join(folder, model.replace('.onnx', '.json')), 'utf8');
  const { cases, tolerance = 1e-4 } = JSON.parse(text) as Reference;
  for (const { inputs, outputs: wanted } of cases) {
    const { outputs } = await predict(model, { inputs });
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(wanted).sort());
    for (const [name, { dims, type, data }] of Object.entries(wanted)) {
      expect(outputs[name]).toMatchObject({ dims, type });
      data.forEach((value, i) => expect(Math.abs(outputs[name]!.data[i]! - value)).toBeLessThanOrEqual(tolerance));
    }
  }
});

test('what is not finite goes in and comes out as a text', async () => {
  const data = [...Array<number>(35).fill(0), 'NaN'];
  const { outputs } = await predict('regressor.onnx', {
    inputs: { features: { dims: [1, 36], type: 'float32', data } },
  });
  expect(outputs['position']!.data).toEqual(['NaN']);
});

test('what json.dump writes for it is refused, with its place and how to write it', async () => {
  await expect(predict('regressor.onnx', '{"inputs": {"features": {"data": [1, Infinity]}}}')).rejects.toThrow(
    /input\.json is not JSON: found Infinity at inputs\.features\.data\[1\], .*in quotes, "NaN", "Infinity" or "-Infinity"/,
  );
});

test('what does not fit is said in a line', async () => {
  const row = { dims: [1, 36], type: 'float32', data: Array<number>(36).fill(0) };
  await expect(predict('regressor.onnx', '{"inputs"')).rejects.toThrow(/input\.json is not JSON/);
  await expect(predict('regressor.onnx', [])).rejects.toThrow(/has no object "inputs", expected/);
  await expect(predict('regressor.onnx', { inputs: { x: row } })).rejects.toThrow(/features is missing, x is not one/);
  const short = { inputs: { features: { ...row, dims: [1, 35], data: row.data.slice(1) } } };
  await expect(predict('regressor.onnx', short)).rejects.toThrow(/dims are \[1, 35\], expected \[batch, 36\]/);
  const text = { inputs: { features: { ...row, data: [...row.data.slice(1), 'warm'] } } };
  await expect(predict('regressor.onnx', text)).rejects.toThrow(/data\[35\] is "warm", expected a number/);
  await expect(predict('missing.onnx', { inputs: {} })).rejects.toMatchObject({ code: 'E_MODEL' });
  await expect(predict('bad_truncated.onnx', { inputs: {} })).rejects.toThrow(/cut short or damaged/);
});
