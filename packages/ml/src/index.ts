export { extractColumns } from './features/extract-columns.js';
export { FRAME_FEATURES, type FrameFeature } from './features/frame-feature.js';
export { frameFeatures, type FrameMatrix } from './features/frame-features.js';
export type { OptionProblem } from './features/option-problem.js';
export { DEFAULT_PARAMETERS, frameCount, parameterProblems, type SpectralParameters } from './features/parameters.js';
export { preparationProblems, type Preparation } from './features/preparation.js';
export { FEATURE_PRESETS, featurePreset, type FeaturePreset, type PresetFeatures } from './features/presets.js';
export {
  DEFAULT_GROUPS,
  FEATURE_GROUPS,
  featureRecipe,
  type FeatureGroup,
  type FeatureRecipe,
  type FeatureRecipeOptions,
} from './features/recipe.js';
export { librosaFeatures, type LibrosaFeaturesOptions } from './features/librosa-features.js';
export { resample } from './features/resample.js';
export { recordingSamples } from './features/recording-samples.js';
export { loadModel, type LoadingModel } from './onnx/load-model.js';
export type { ModelManifest } from './onnx/model-manifest.js';
export type { OnnxMetadata } from './onnx/onnx-metadata.js';
export type { LoadModelOptions, OnnxInputs, OnnxModel, OnnxOutputs } from './onnx/onnx-model.js';
export { onnxPredictor, type OnnxPredictorOptions } from './onnx/onnx-predictor.js';
export type { InputTensor, OutputTensor, TensorInfo, TensorType } from './onnx/tensor-types.js';
export { shippedModelPath } from './shipped-model.js';
export {
  createInferenceService,
  type InferenceService,
  type InferenceServiceEvents,
  type InferenceServiceHealth,
  type InferenceServiceOptions,
} from './service/inference-service.js';
