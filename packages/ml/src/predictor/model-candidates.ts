import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder, type EpochMs } from '@louver/core';

/** A file that may hold a model. */
export interface ModelCandidate {
  readonly path: string;
  /** Another one whenever the file, its manifest or its weights are written; `''` when there is no such file. */
  readonly signature: string;
}

/** What is written beside a model of a folder that served and failed: it is not tried again, after a restart neither. */
const MARK = '.rolled-back';

/** Whether the path is a folder; false when there is nothing. */
export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

/** The file itself, or the models (`*.onnx`) of a folder that are not marked as rolled back, newest first by their time of modification. */
export async function modelCandidates(path: string): Promise<readonly ModelCandidate[]> {
  if (!(await isFolder(path))) return [{ path, signature: await signatureOf(path) }];
  // Not those of uploads that are under way.
  const names = (await readdir(path)).filter((name) => !name.startsWith('.'));
  const models = names.filter((name) => name.endsWith('.onnx'));
  // Weights may lie in a file of any name.
  const others = names.filter((name) => !name.endsWith('.onnx') && !name.endsWith(MARK)).sort();
  const beside = (await Promise.all(others.map((name) => fileSignature(join(path, name))))).join('|');
  const found = await Promise.all(models.map((name) => candidateOf(join(path, name), names, beside)));
  return found
    .filter((candidate) => candidate !== undefined)
    .sort((a, b) => b.writtenMs - a.writtenMs || (a.path < b.path ? 1 : -1));
}

/** Leaves a note beside a model that it was rolled back, and why: removing it, or writing the model anew, lets it serve again. */
export async function markRolledBack(path: string, reason: string, atMs: EpochMs): Promise<void> {
  const note = { files: await signatureOf(path), reason, at: new Date(atMs).toISOString() };
  await writeFile(`${path}${MARK}`, `${JSON.stringify(note, null, 2)}\n`, { mode: 0o600, flush: true });
  await syncFolder(dirname(path));
}

async function candidateOf(
  path: string,
  names: readonly string[],
  beside: string,
): Promise<(ModelCandidate & { readonly writtenMs: EpochMs }) | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  if (names.includes(`${basename(path)}${MARK}`) && (await isMarked(path))) return undefined;
  return { path, signature: `${await fileSignature(path)}|${beside}`, writtenMs: found.mtimeMs };
}

async function isMarked(path: string): Promise<boolean> {
  try {
    const note = JSON.parse(await readFile(`${path}${MARK}`, 'utf8')) as { files?: unknown };
    return note.files === (await signatureOf(path));
  } catch {
    return false;
  }
}

/** Of the model with what usually lies beside it: its manifest, its weights. */
async function signatureOf(path: string): Promise<string> {
  const own = await fileSignature(path);
  if (own === '') return '';
  const beside = [`${path}.json`, path.replace(/\.onnx$/, '.json'), `${path}.data`].filter((other) => other !== path);
  return [own, ...(await Promise.all(beside.map(fileSignature)))].join('|');
}

async function fileSignature(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found ? `${basename(path)}:${found.size}:${found.mtimeMs}` : '';
}
