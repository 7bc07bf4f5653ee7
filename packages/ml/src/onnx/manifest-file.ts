import { basename } from 'node:path';
import { modelError, type ModelFile } from './model-file.js';
import { looksLikeManifest, MANIFEST_KEY, parseManifest, type ModelManifest } from './model-manifest.js';
import { inWords, NO_SUCH_FILE, readBounded } from './read-bounded.js';

/** Some 100,000 columns with everything. */
const MAX_MANIFEST_BYTES = 2 ** 24;

/** A manifest and where it was found. */
export interface LocatedManifest {
  readonly manifest: ModelManifest;
  /** In the model itself, not beside it. */
  readonly embedded: boolean;
  /** In words that continue "from …". */
  readonly where: string;
}

/** Finds a model's manifest, in its `metadata_props` or beside it; throws `E_MODEL` with the file's name and what is wrong. */
export async function locatedManifest({ path, metadata }: ModelFile): Promise<LocatedManifest> {
  const embedded = metadata.properties.get(MANIFEST_KEY);
  if (embedded === undefined) return manifestBeside(path);
  const where = `its ${MANIFEST_KEY} in metadata_props`;
  return { manifest: manifestFrom(embedded, path, where), embedded: true, where };
}

async function manifestBeside(path: string): Promise<LocatedManifest> {
  const beside = `${path}.json`;
  const text = await textOf(beside);
  if (text !== undefined) return inFile(text, path, beside);
  const other = path.replace(/\.onnx$/, '.json');
  const otherText = other === path ? undefined : await textOf(other);
  if (otherText !== undefined && looksLikeManifest(tryJson(otherText))) return inFile(otherText, path, other);
  const example = `{"name", "version", "columns": [{"name": "temperature", "ifMissing": "hold"}, …], "outputs": {"position": "<output>"}}`;
  throw modelError(
    path,
    `nothing says what its inputs mean: write a manifest ${example} to ${beside}, or into the model's metadata_props as ${MANIFEST_KEY} (louver model inspect prints one to start from)`,
  );
}

function inFile(text: string, path: string, found: string): LocatedManifest {
  const where = basename(found);
  return { manifest: manifestFrom(text, path, where), embedded: false, where };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await readBounded(path, 0, MAX_MANIFEST_BYTES));
  } catch (error) {
    const words = inWords(error);
    if (words === NO_SUCH_FILE) return undefined;
    throw modelError(path, `${words}, expected a model manifest`, error);
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
