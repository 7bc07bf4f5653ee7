import type { ModelFile } from './model-file.js';
import type { ModelManifest } from './model-manifest.js';
import { OPENING_STEPS, type Opening } from './model-steps.js';
import type { OnnxSession } from './onnx-session.js';
import type { OpenModel } from './open-model.js';

/** A model that has been held against its manifest and is ready to run. */
export interface CheckedModel {
  readonly file: ModelFile;
  readonly manifest: ModelManifest;
  readonly model: OpenModel;
  readonly session: OnnxSession;
}

/** Opens a model and holds it against its manifest; throws `E_MODEL` in words for whatever does not fit, and releases it. */
export async function checkedModel(file: ModelFile): Promise<CheckedModel> {
  let opening: Opening = { file };
  try {
    for (const step of OPENING_STEPS) opening = { ...opening, ...(await step.run(file.path, opening)).gives };
  } catch (error) {
    await opening.model?.release();
    throw error;
  }
  const { located, model, session } = opening;
  return { file, manifest: located!.manifest, model: model!, session: session! };
}
