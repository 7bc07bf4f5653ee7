import type { ModelColumn } from '@louver/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkModel, type ModelManifest } from '../../src/index.js';
import { modelFolder, type ModelFolder } from './model-folder.js';
import { onnxBytes, value } from './onnx-bytes.js';

let folder: ModelFolder;
beforeAll(async () => {
  folder = await modelFolder();
});
afterAll(() => folder.remove());

/** What the check of the first run says of a model that gives `operator` of a row's greatest number. */
async function said(
  operator: string,
  columns: readonly ModelColumn[],
  more: Partial<ModelManifest> = {},
): Promise<string> {
  const bytes = onnxBytes({
    nodes: [
      { operator: 'ReduceMax', inputs: ['x'], outputs: ['most'], integers: { axes: [1] } },
      { operator, inputs: ['most'], outputs: ['y'] },
    ],
    inputs: [value('x', 'float32', ['batch', columns.length])],
    outputs: [value('y', 'float32', ['batch', 1])],
  });
  const manifest = { name: 'test', version: 'v1', columns, outputs: { position: 'y' }, ...more };
  await folder.write('m.onnx.json', JSON.stringify(manifest));
  const { checks } = await checkModel(await folder.write('m.onnx', bytes));
  const { state, words } = checks.find(({ check }) => check === 'stand-ins')!;
  return `${state}: ${words}`;
}

const humidity = { name: 'humidity', ifMissing: 'hold' } as const;
const temperature = { name: 'temperature', ifMissing: -3 } as const;

describe('a column that says hold is tried with what may be a value of it', () => {
  test('with the middle of its range', async () => {
    expect(await said('Log', [{ ...humidity, range: [1, 99] }])).toBe(
      `ok: give finite numbers (y ${Number(Math.log(50).toPrecision(4))})`,
    );
  });

  test('rather with what the first golden sample has', async () => {
    const goldenSamples = [{ inputs: { humidity: 20 }, outputs: { y: 0.05 } }];
    expect(await said('Reciprocal', [{ ...humidity, range: [1, 99] }], { goldenSamples })).toBe(
      'ok: give finite numbers (y 0.05)',
    );
  });

  test('with 0 when nothing is known of it', async () => {
    expect(await said('Exp', [humidity])).toBe('ok: give finite numbers (y 1)');
  });
});

describe('the refusal says what was put in, and what to do', () => {
  const damaged = 'the weights are damaged, or the export lost a part: train or export it again';

  test('0 for a column that nothing is known of', async () => {
    expect(await said('Log', [humidity])).toBe(
      'failed: its output y is -Infinity for 0 for humidity, expected a finite number: if 0 is no value for humidity, give a range or a ' +
        `golden sample in the manifest; otherwise ${damaged}`,
    );
  });

  test('0 beside stand-ins and a range', async () => {
    const level = { name: 'level', ifMissing: 'hold', range: [-90, -10] } as const;
    expect(await said('Reciprocal', [temperature, humidity, level])).toBe(
      'failed: its output y is Infinity for its own stand-in values, 0 for humidity, -50 for level (middle of its range), expected a finite ' +
        `number: if 0 is no value for humidity, give a range or a golden sample in the manifest; otherwise ${damaged}`,
    );
  });

  test('what is known and gives no number', async () => {
    expect(await said('Sqrt', [temperature])).toBe(
      `failed: its output y is NaN for its own stand-in values, expected a finite number: ${damaged}`,
    );
    const goldenSamples = [{ inputs: { humidity: -1 }, outputs: { y: 1 } }];
    expect(await said('Sqrt', [humidity], { goldenSamples })).toBe(
      `failed: its output y is NaN for -1 for humidity (golden sample 1), expected a finite number: ${damaged}`,
    );
  });

  test('of many columns the first ones', async () => {
    const many = Array.from({ length: 9 }, (_, i) => ({ ...humidity, name: `h${i}` }));
    expect(await said('Log', many)).toContain(
      '0 for h4, 4 more, expected a finite number: if 0 is no value for h0, h1',
    );
  });
});
