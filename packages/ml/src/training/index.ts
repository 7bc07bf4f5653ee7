export type { ModelManifest } from '../onnx/model-manifest.js';
export { regressorToOnnx, type TrainedManifest } from './regressor-to-onnx.js';
export {
  trainWindowRegressor,
  type TrainingOptions,
  type TrainingSet,
  type WindowRegressor,
} from './window-regressor.js';
export type { DenseLayer } from './dense-layer.js';
