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

/**
 * Opens a model and holds it against its manifest; throws `E_MODEL` in words for whatever does not fit, and releases it.
 * @param known its manifest, when it has been read already
 */
export async function checkedModel(file: ModelFile, known?: ModelManifest): Promise<CheckedModel> {
  const manifest = known ?? (await manifestOf(file));
  const model = await openModel(file);
  const session = await onnxSession(model, manifest);
  return { file, manifest, model, session };
}
