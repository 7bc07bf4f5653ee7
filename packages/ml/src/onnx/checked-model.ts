import type { LocatedManifest } from './manifest-file.js';
import type { ModelFile } from './model-file.js';
import type { ModelManifest } from './model-manifest.js';
import { OPENING_STEPS, type Opening } from './model-steps.js';
import type { OnnxSession } from './onnx-session.js';
import type { OpenModel } from './open-model.js';

/** A model that has been held against its manifest and is ready to run. */
export interface CheckedModel {
  readonly file: ModelFile;
  readonly located: LocatedManifest;
  readonly manifest: ModelManifest;
  readonly model: OpenModel;
  readonly session: OnnxSession;
}

/**
 * Opens a model and holds it against its manifest; throws `E_MODEL` in words for whatever does not fit, and releases it.
 * @param known its manifest, when it has been read already: what lies beside the file may have changed since
 */
export async function checkedModel(file: ModelFile, known?: LocatedManifest): Promise<CheckedModel> {
  let opening: Opening = known ? { file, located: known } : { file };
  try {
    for (const step of OPENING_STEPS) {
      if (!(step.check === 'manifest' && known))
        opening = { ...opening, ...(await step.run(file.path, opening)).gives };
    }
  } catch (error) {
    await opening.model?.release();
    throw error;
  }
  const { located, model, session } = opening;
  return { file, located: located!, manifest: located!.manifest, model: model!, session: session! };
}
