import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { modelError, type ModelFile } from './model-file.js';
import { looksLikeManifest, MANIFEST_KEY, parseManifest, type ModelManifest } from './model-manifest.js';
import { inWords } from './read-bounded.js';

/** Finds a model's manifest, in its `metadata_props` or beside it; throws `E_MODEL` with the file's name and what is wrong. */
export async function manifestOf({ path, metadata }: ModelFile): Promise<ModelManifest> {
  const embedded = metadata.properties.get(MANIFEST_KEY);
  if (embedded === undefined) return manifestBeside(path);
  return manifestFrom(embedded, path, `its ${MANIFEST_KEY} in metadata_props`);
}

async function manifestBeside(path: string): Promise<ModelManifest> {
  const beside = `${path}.json`;
  const text = await textOf(beside);
  if (text !== undefined) return manifestFrom(text, path, basename(beside));
  const other = path.replace(/\.onnx$/, '.json');
  const otherText = other === path ? undefined : await textOf(other);
  if (otherText !== undefined && looksLikeManifest(tryJson(otherText)))
    return manifestFrom(otherText, path, basename(other));
  const example = `{"name", "version", "columns": [{"name": "temperature", "ifMissing": "hold"}, …], "outputs": {"position": "<output>"}}`;
  throw modelError(
    path,
    `nothing says what its inputs mean: write a manifest ${example} to ${beside}, or into the model's metadata_props as ${MANIFEST_KEY}`,
  );
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw modelError(path, `cannot be read (${inWords(error)})`, error);
  }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function manifestFrom(text: string, path: string, where: string): ModelManifest {
  try {
    return parseManifest(JSON.parse(text));
  } catch (error) {
    throw modelError(path, `${where} is no model manifest: ${inWords(error)}`, error);
  }
}
