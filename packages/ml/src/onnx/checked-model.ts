import { manifestOf } from './manifest-file.js';
import type { ModelFile } from './model-file.js';
import type { ModelManifest } from './model-manifest.js';
import { onnxSession, type OnnxSession } from './onnx-session.js';
import { openModel, type OpenModel } from './open-model.js';

/** A model that has been held against its manifest and is ready to run. */
export interface CheckedModel {
  readonly file: ModelFile;
  readonly manifest: ModelManifest;
  readonly model: OpenModel;
  readonly session: OnnxSession;
}

/** Opens a model and holds it against its manifest; throws `E_MODEL` in words for whatever does not fit, and releases it. */
export async function checkedModel(file: ModelFile): Promise<CheckedModel> {
  const manifest = await manifestOf(file);
  const model = await openModel(file);
  const session = await onnxSession(model, manifest);
  return { file, manifest, model, session };
}
