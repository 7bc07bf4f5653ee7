/** `y = x W + b`; `weights` is row-major `[inputs, outputs]`. Views on one parameter vector that an optimiser steps as a whole. */
export interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** Layers of these widths, one after another in one vector. */
export function denseLayers(widths: readonly number[]): {
  readonly parameters: Float32Array;
  readonly layers: DenseLayer[];
} {
  const sizes = widths.slice(1).map((outputs, i) => ({ inputs: widths[i]!, outputs }));
  const parameters = new Float32Array(sizes.reduce((sum, { inputs, outputs }) => sum + (inputs + 1) * outputs, 0));
  let at = 0;
  const take = (length: number): Float32Array => parameters.subarray(at, (at += length));
  const layers = sizes.map(({ inputs, outputs }) => ({
    inputs,
    outputs,
    weights: take(inputs * outputs),
    bias: take(outputs),
  }));
  return { parameters, layers };
}

/** Uniform in ±sqrt(6 / inputs), for layers that a ReLU follows. [He et al. 2015] */
export function initialise({ inputs, weights }: DenseLayer, random: () => number): void {
  const limit = Math.sqrt(6 / inputs);
  for (let i = 0; i < weights.length; i++) weights[i] = limit * (2 * random() - 1);
}

/** `out = x W + b`, then ReLU when `relu`. */
export function forward(layer: DenseLayer, x: Float32Array, out: Float32Array, relu: boolean): void {
  const { inputs, outputs, weights, bias } = layer;
  for (let o = 0; o < outputs; o++) out[o] = bias[o]!;
  for (let i = 0, w = 0; i < inputs; i++) {
    const value = x[i]!;
    if (value === 0) {
      w += outputs;
      continue;
    }
    for (let o = 0; o < outputs; o++) out[o]! += value * weights[w++]!;
  }
  if (relu) for (let o = 0; o < outputs; o++) if (out[o]! < 0) out[o] = 0;
}

/**
 * Adds the gradient of weights and bias into `gradient` (a layer of the same shape) and writes the gradient of `x` to `dx`, zero where
 * `x` is zero: `x` came out of a ReLU.
 */
export function backward(
  layer: DenseLayer,
  gradient: DenseLayer,
  x: Float32Array,
  dy: Float32Array,
  dx?: Float32Array,
): void {
  const { inputs, outputs, weights } = layer;
  for (let o = 0; o < outputs; o++) gradient.bias[o]! += dy[o]!;
  for (let i = 0, w = 0; i < inputs; i++, w += outputs) {
    const value = x[i]!;
    if (value === 0) {
      if (dx) dx[i] = 0;
      continue;
    }
    let sum = 0;
    for (let o = 0; o < outputs; o++) {
      gradient.weights[w + o]! += value * dy[o]!;
      sum += weights[w + o]! * dy[o]!;
    }
    if (dx) dx[i] = sum;
  }
}
