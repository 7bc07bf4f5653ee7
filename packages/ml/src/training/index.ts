export type { ModelManifest } from '../onnx/model-manifest.js';
export type { GoldenSample } from '../onnx/golden-samples.js';
export { embedManifest } from '../onnx/embed-manifest.js';
export { columnRanges, goldenSamplesOf } from './manifest-parts.js';
export { regressorToOnnx, type TrainedManifest } from './regressor-to-onnx.js';
export {
  trainWindowRegressor,
  type TrainingOptions,
  type TrainingSet,
  type WindowRegressor,
} from './window-regressor.js';
export type { DenseLayer } from './dense-layer.js';
