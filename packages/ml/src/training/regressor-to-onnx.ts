import { embedManifest } from '../onnx/embed-manifest.js';
import type { ModelManifest } from '../onnx/model-manifest.js';
import { writeOnnx, type OnnxConstant, type OnnxNode } from '../onnx/onnx-writer.js';
import {
  FEATURE_LIMIT,
  LOG_VARIANCE_MIDDLE,
  LOG_VARIANCE_OF_PERCENT,
  LOG_VARIANCE_SPAN,
  type WindowRegressor,
} from './window-regressor.js';

/** What is written beside a manifest's own members: numbers of the hold-out, seed, training data. */
export type TrainedManifest = Omit<ModelManifest, 'sha256'> & Readonly<Record<string, unknown>>;

/**
 * Writes a trained regressor as an ONNX file that carries its manifest: input `features` `[batch, columns]`, outputs `position` (percent
 * open) and `log_var` (log variance in percent²). The manifest's `sha256` is computed.
 */
export function regressorToOnnx(model: WindowRegressor, manifest: TrainedManifest): Uint8Array {
  const constants: OnnxConstant[] = [];
  const nodes: OnnxNode[] = [];
  const constant = (name: string, dims: readonly number[], data: Float32Array): string => {
    constants.push({ name, dims, data });
    return name;
  };
  const number = (name: string, value: number): string => constant(name, [], Float32Array.of(value));
  const node = (operator: string, inputs: readonly string[], output: string): string => {
    nodes.push({ operator, inputs, output });
    return output;
  };
  const dense = (x: string, inputs: number, name: string, weights: Float32Array, bias: Float32Array): string => {
    const w = constant(`${name}.weight`, [inputs, bias.length], weights);
    return node('Gemm', [x, w, constant(`${name}.bias`, [bias.length], bias)], name);
  };

  const width = model.mean.length;
  let x = node('Sub', ['features', constant('mean', [width], model.mean)], 'centred');
  x = node('Div', [x, constant('standard_deviation', [width], model.standardDeviation)], 'normalised');
  x = node('Clip', [x, number('lowest', -FEATURE_LIMIT), number('highest', FEATURE_LIMIT)], 'limited');
  const hidden = model.layers.slice(0, -1);
  hidden.forEach(({ inputs, weights, bias }, i) => {
    x = node('Relu', [dense(x, inputs, `hidden_${i + 1}`, weights, bias)], `hidden_${i + 1}.relu`);
  });

  const last = model.layers[hidden.length]!;
  const column = (index: number): [Float32Array, Float32Array] => [
    Float32Array.from({ length: last.inputs }, (_, i) => last.weights[i * last.outputs + index]!),
    last.bias.slice(index, index + 1),
  ];
  const share = node('Sigmoid', [dense(x, last.inputs, 'position_head', ...column(0))], 'share');
  node('Mul', [share, number('percent', 100)], 'position');
  const spread = node('Tanh', [dense(x, last.inputs, 'log_var_head', ...column(1))], 'spread');
  const scaled = node('Mul', [spread, number('log_var_span', LOG_VARIANCE_SPAN)], 'scaled_spread');
  node('Add', [scaled, number('log_var_middle', LOG_VARIANCE_MIDDLE + LOG_VARIANCE_OF_PERCENT)], 'log_var');

  const graph = writeOnnx({
    name: manifest.name,
    input: { name: 'features', width },
    outputs: [
      { name: 'position', width: 1 },
      { name: 'log_var', width: 1 },
    ],
    nodes,
    constants,
  });
  return embedManifest(graph, manifest);
}
