import { adam } from './adam.js';
import { backward, denseLayers, forward, initialise, type DenseLayer } from './dense-layer.js';

/** Rows of features with the position, in percent open, that each should lead to. */
export interface TrainingSet {
  readonly width: number;
  /** Row-major `[rows, width]`. */
  readonly features: Float32Array;
  /** 0..100. */
  readonly positions: Float32Array;
}

export interface TrainingOptions {
  /** Widths of the hidden layers, e.g. `[32, 16]`. */
  readonly hidden: readonly number[];
  readonly epochs: number;
  readonly batchSize: number;
  /** Of the first step; falls to zero along a half cosine. */
  readonly learningRate: number;
  /** Uniform in [0, 1): the same sequence trains the same model. */
  readonly random: () => number;
  /** Called after each epoch with the mean loss (negative log-likelihood of positions in 0..1). */
  readonly onEpoch?: (epoch: number, loss: number) => void;
}

/** A position and its uncertainty from a feature vector: a perceptron with ReLU and two outputs. */
export interface WindowRegressor {
  readonly mean: Float32Array;
  readonly standardDeviation: Float32Array;
  readonly layers: readonly DenseLayer[];
  /** Position in percent and its log variance in percent², into the first two places of `out`. */
  predict(features: Float32Array, out: Float64Array): void;
}

/** Normalised features are cut here: what lies far outside the training data is treated as at its edge. */
export const FEATURE_LIMIT = 4;
/** Log variance of a position in 0..1 is `LOG_VARIANCE_SPAN * tanh(r) + LOG_VARIANCE_MIDDLE`: 2 to 78 percentage points. */
export const LOG_VARIANCE_SPAN = 3.5;
export const LOG_VARIANCE_MIDDLE = -4;
/** From log variance of 0..1 to that of percent. */
export const LOG_VARIANCE_OF_PERCENT = 2 * Math.log(100);

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * Fits mean and variance of a normal distribution by maximum likelihood with Adam. Deterministic for a given `random`. Blocks the thread:
 * some 10 s for 50,000 rows of 40 features and 20 epochs.
 */
export function trainWindowRegressor(set: TrainingSet, options: TrainingOptions): WindowRegressor {
  const { width, positions } = set;
  const rows = positions.length;
  const { mean, standardDeviation, normalised } = normalise(set);
  const widths = [width, ...options.hidden, 2];
  const { parameters, layers } = denseLayers(widths);
  const { parameters: gradient, layers: gradients } = denseLayers(widths);
  for (const layer of layers) initialise(layer, options.random);
  const activations: Float32Array[] = widths.map((size) => new Float32Array(size));
  const errors = widths.map((size) => new Float32Array(size));
  const optimiser = adam(parameters.length);
  const order = Uint32Array.from({ length: rows }, (_, i) => i);
  const steps = options.epochs * Math.ceil(rows / options.batchSize);
  let step = 0;

  /** Adds one row's gradient, scaled by `share`; returns its loss. */
  const learn = (row: number, share: number): number => {
    activations[0] = normalised.subarray(row * width, (row + 1) * width);
    layers.forEach((layer, i) => forward(layer, activations[i]!, activations[i + 1]!, i < layers.length - 1));
    const last = layers.length;
    const position = sigmoid(activations[last]![0]!);
    const spread = Math.tanh(activations[last]![1]!);
    const logVariance = LOG_VARIANCE_SPAN * spread + LOG_VARIANCE_MIDDLE;
    const difference = positions[row]! / 100 - position;
    const weighted = difference * Math.exp(-logVariance);
    errors[last]![0] = -share * weighted * position * (1 - position);
    errors[last]![1] = share * 0.5 * (1 - difference * weighted) * LOG_VARIANCE_SPAN * (1 - spread * spread);
    for (let i = last - 1; i >= 0; i--) {
      backward(layers[i]!, gradients[i]!, activations[i]!, errors[i + 1]!, i > 0 ? errors[i] : undefined);
    }
    return 0.5 * (logVariance + difference * weighted);
  };

  for (let epoch = 0; epoch < options.epochs; epoch++) {
    shuffle(order, options.random);
    let loss = 0;
    for (let from = 0; from < rows; from += options.batchSize) {
      const to = Math.min(rows, from + options.batchSize);
      gradient.fill(0);
      for (let i = from; i < to; i++) loss += learn(order[i]!, 1 / (to - from));
      optimiser.step(parameters, gradient, options.learningRate * 0.5 * (1 + Math.cos((Math.PI * step++) / steps)));
    }
    options.onEpoch?.(epoch, loss / rows);
  }
  return { mean, standardDeviation, layers, predict: predictorOf(mean, standardDeviation, layers, activations) };
}

function predictorOf(
  mean: Float32Array,
  standardDeviation: Float32Array,
  layers: readonly DenseLayer[],
  activations: readonly Float32Array[],
): WindowRegressor['predict'] {
  const input = new Float32Array(mean.length);
  return (features, out) => {
    for (let i = 0; i < input.length; i++) input[i] = limited((features[i]! - mean[i]!) / standardDeviation[i]!);
    layers.forEach((layer, i) =>
      forward(layer, i === 0 ? input : activations[i]!, activations[i + 1]!, i < layers.length - 1),
    );
    const [position, spread] = activations[layers.length]!;
    out[0] = 100 * sigmoid(position!);
    out[1] = LOG_VARIANCE_SPAN * Math.tanh(spread!) + LOG_VARIANCE_MIDDLE + LOG_VARIANCE_OF_PERCENT;
  };
}

const limited = (value: number): number => Math.max(-FEATURE_LIMIT, Math.min(FEATURE_LIMIT, value));

function normalise({ width, features }: TrainingSet): {
  mean: Float32Array;
  standardDeviation: Float32Array;
  normalised: Float32Array;
} {
  const rows = features.length / width;
  const mean = new Float32Array(width);
  const standardDeviation = new Float32Array(width);
  const normalised = new Float32Array(features.length);
  for (let column = 0; column < width; column++) {
    let sum = 0;
    for (let at = column; at < features.length; at += width) sum += features[at]!;
    const average = sum / rows;
    let squares = 0;
    for (let at = column; at < features.length; at += width) squares += (features[at]! - average) ** 2;
    mean[column] = average;
    // A column that never changes says nothing: any scale but zero will do.
    standardDeviation[column] = Math.sqrt(squares / rows) || 1;
    for (let at = column; at < features.length; at += width) {
      normalised[at] = limited((features[at]! - mean[column]!) / standardDeviation[column]!);
    }
  }
  return { mean, standardDeviation, normalised };
}

/** Fisher and Yates. */
function shuffle(order: Uint32Array, random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const other = order[j]!;
    order[j] = order[i]!;
    order[i] = other;
  }
}
