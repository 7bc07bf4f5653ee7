import { dirname, join } from 'node:path';
import type { ExternalWeights } from './external-weights.js';
import { inWords, NO_SUCH_FILE, readBounded } from './read-bounded.js';

/** Files of weights, under the names that the model has for them. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array>;

/**
 * Reads the files that a model's weights lie in, each once, from the model's folder and nowhere else: a model must not make us read
 * other files. Throws an `Error` in words. [onnx.TensorProto.external_data: location is relative to the model's folder]
 */
export async function readExternalData(
  modelPath: string,
  weights: readonly ExternalWeights[],
  modelBytes: number,
): Promise<ExternalFiles> {
  const files = new Map<string, Uint8Array>();
  let bytes = modelBytes;
  for (const { tensor, location, offset, length = 0 } of weights) {
    let data = files.get(location);
    if (data === undefined) {
      data = await readBeside(modelPath, location, bytes);
      bytes += data.length;
      files.set(location, data);
    }
    const end = offset + length;
    if (end > data.length) {
      throw new Error(`the weights of ${tensor} end at byte ${end} of ${location}, which has only ${data.length}`);
    }
  }
  return files;
}

/** The bytes of one tensor. */
export function valuesIn(files: ExternalFiles, { location, offset, length }: ExternalWeights): Uint8Array {
  const data = files.get(location)!;
  return data.subarray(offset, length === undefined ? data.length : offset + length);
}

async function readBeside(modelPath: string, location: string, alreadyRead: number): Promise<Uint8Array> {
  const leaves = location === '' || /^([/\\]|[A-Za-z]:)/.test(location) || location.split(/[/\\]/).includes('..');
  if (leaves) {
    throw new Error(`its weights lie in ${JSON.stringify(location)}, expected a file in the model's own folder`);
  }
  const path = join(dirname(modelPath), location);
  try {
    return await readBounded(path, alreadyRead);
  } catch (error) {
    const words = inWords(error);
    if (words === NO_SUCH_FILE) {
      throw new Error(
        `its weights lie in another file, ${location}, which was not found: expected it as ${path}: copy it there, too`,
        {
          cause: error,
        },
      );
    }
    throw new Error(`its weights lie in another file, ${path}: ${words}`, { cause: error });
  }
}
