import type { ModelColumn } from '@louver/core';
import type { GoldenSample } from '../onnx/golden-samples.js';
import type { TrainingSet, WindowRegressor } from './window-regressor.js';

/** Digits that a float32 holds for certain. */
const DIGITS = 7;
const RANGE_DIGITS = 3;

/** Least and greatest value of every column of rows, both rounded outward to three digits; `undefined` for one that never changes. */
export function columnRanges({
  width,
  features,
}: Pick<TrainingSet, 'width' | 'features'>): (readonly [number, number] | undefined)[] {
  return Array.from({ length: width }, (_, column) => {
    let [least, greatest] = [Infinity, -Infinity];
    for (let at = column; at < features.length; at += width) {
      least = Math.min(least, features[at]!);
      greatest = Math.max(greatest, features[at]!);
    }
    return least < greatest ? ([outward(least, -1), outward(greatest, 1)] as const) : undefined;
  });
}

function outward(value: number, direction: -1 | 1): number {
  const digits = (number: number): number => Number(number.toPrecision(RANGE_DIGITS));
  const near = digits(value);
  if ((value - near) * direction <= 0) return near;
  return digits(near + direction * 10 ** (Math.floor(Math.log10(Math.abs(value))) - (RANGE_DIGITS - 1)));
}

/**
 * What a trained model itself, not its export, gives for `count` of the rows, evenly spread over them: golden samples of its manifest.
 */
export function goldenSamplesOf(
  model: WindowRegressor,
  columns: readonly ModelColumn[],
  { width, features }: Pick<TrainingSet, 'width' | 'features'>,
  count: number,
): GoldenSample[] {
  const rows = features.length / width;
  const out = new Float64Array(2);
  return Array.from({ length: Math.min(count, rows) }, (_, i) => {
    const row = Math.floor((i * rows) / count);
    const inputs = Array.from(features.subarray(row * width, (row + 1) * width), rounded);
    model.predict(Float32Array.from(inputs), out);
    return {
      inputs: Object.fromEntries(columns.map(({ name }, column) => [name, inputs[column]!] as const)),
      outputs: { position: rounded(out[0]!), log_var: rounded(out[1]!) },
    };
  });
}

const rounded = (value: number): number => Number(value.toPrecision(DIGITS));
