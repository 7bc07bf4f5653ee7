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
export { checkModel, inspectModel, type ModelCheckResult, type ModelReport } from './onnx/check-model.js';
export type { GoldenSample } from './onnx/golden-samples.js';
export { loadModel, type LoadingModel } from './onnx/load-model.js';
export { manifestSkeleton, type ManifestSkeleton } from './onnx/manifest-skeleton.js';
export type { ModelManifest } from './onnx/model-manifest.js';
export type { ModelCheck } from './onnx/model-steps.js';
export type { OnnxMetadata } from './onnx/onnx-metadata.js';
export type { LoadModelOptions, OnnxInputs, OnnxModel, OnnxOutputs } from './onnx/onnx-model.js';
export type { RollBackBounds } from './predictor/failure-window.js';
export { isFolder, modelCandidates, type ModelCandidate } from './predictor/model-candidates.js';
export type { ModelState, ModelVersion } from './predictor/model-version.js';
export { onnxPredictor, type OnnxPredictor } from './predictor/onnx-predictor.js';
export type { OnnxPredictorOptions } from './predictor/predictor-options.js';
export type { InputTensor, OutputTensor, TensorInfo, TensorType } from './onnx/tensor-types.js';
export { shippedModelPath } from './shipped-model.js';
export {
  createInferenceService,
  type InferenceService,
  type InferenceServiceEvents,
  type InferenceServiceHealth,
  type InferenceServiceOptions,
} from './service/inference-service.js';
