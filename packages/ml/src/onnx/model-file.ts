import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { LouverError } from '@louver/core';
import { looksLikeManifest, MANIFEST_KEY, parseManifest, type ModelManifest } from './model-manifest.js';
import { readOnnxMetadata } from './onnx-metadata.js';

/** Every refusal of a model: which file, what is wrong with it. */
export function modelError(path: string, message: string, cause?: unknown): LouverError {
  return new LouverError('E_MODEL', `${path}: ${message}`, { cause });
}

const inWords = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Reads an ONNX file and its manifest; throws `E_MODEL` with the file's name and what is wrong. */
export async function readModelFile(path: string): Promise<{ bytes: Uint8Array; manifest: ModelManifest }> {
  const bytes = await readBytes(path);
  if (bytes.length === 0) throw modelError(path, 'the file is empty, expected an ONNX model');
  let embedded: string | undefined;
  try {
    embedded = readOnnxMetadata(bytes).properties.get(MANIFEST_KEY);
  } catch (error) {
    throw modelError(path, `cannot be read as an ONNX model: ${inWords(error)}`, error);
  }
  if (embedded !== undefined) {
    return { bytes, manifest: manifestFrom(embedded, path, `its ${MANIFEST_KEY} in metadata_props`) };
  }
  return { bytes, manifest: await manifestBeside(path) };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? inWords(error);
    const found =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : `cannot be read (${code})`;
    throw modelError(path, `${found}, expected an ONNX model`, error);
  }
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
