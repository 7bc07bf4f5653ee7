import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RangeGuard } from '../../src/predictor/range-guard.js';
import { predictorRig, type PredictorRig } from './predictor-rig.js';
import { sumModel } from './test-models.js';

const COLUMNS = [
  { name: 'temperature', ifMissing: 'hold', range: [-10, 40] },
  { name: 'noise', ifMissing: 0, range: [0, 0.1] },
  { name: 'humidity', ifMissing: 'hold' },
] as const;

describe('inputs outside of what the model was trained on', () => {
  const guard = new RangeGuard(COLUMNS);

  test.each([
    ['within', [20, 0.05, 1e6]],
    ['at both ends', [-10, 0.1, 0]],
    ['at an end that float32 rounds upwards', [40, Math.fround(0.1), 0]],
  ])('%s: nothing', (_, features) => {
    expect(guard.judge(Float32Array.from(features))).toBeUndefined();
  });

  test('every third of the range beyond it halves the confidence, in all columns', () => {
    expect(guard.judge([40 + 25, 0, 0])).toEqual({ columns: ['temperature'], factor: 2 ** -1.5 });
    expect(guard.judge([-10 - 50, 0.1, 0])).toEqual({ columns: ['temperature'], factor: 1 / 8 });
    const both = guard.judge([-10 - 50 / 3, -0.1, 0])!;
    expect(both.columns).toEqual(['temperature', 'noise']);
    expect(both.factor).toBeCloseTo(1 / 16, 6);
  });
});

describe('a prediction', () => {
  let rig: PredictorRig;
  beforeEach(async () => {
    rig = await predictorRig();
  });
  afterEach(() => rig.close());

  test('from them says so, is less sure, and is counted', async () => {
    const predictor = await rig.open(await rig.write('m.onnx', sumModel({ version: 'v1', columns: COLUMNS })));
    expect(predictor.columns[0]).toMatchObject({ range: [-10, 40] });
    const usual = await predictor.predict(Float32Array.of(20, 0.05, 50));
    expect(usual).not.toHaveProperty('outOfRange');
    expect(usual.confidence).toBeNaN();
    // The model says nothing of its confidence: that it has not seen the like is known all the same.
    const hot = await predictor.predict(Float32Array.of(90, 0.05, 50));
    expect(hot).toMatchObject({ outOfRange: ['temperature'], confidence: 1 / 8 });
    expect(rig.counted('model_inputs_out_of_range_total')).toBe(1);
  });
});
