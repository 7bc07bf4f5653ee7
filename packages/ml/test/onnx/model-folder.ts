import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LouverError } from '@louver/core';
import { DEFAULT_GROUPS, featureRecipe, type TensorType } from '../../src/index.js';

export const referenceFolder = fileURLToPath(new URL('../golden-onnx/', import.meta.url));

export const standardColumns = ['temperature', 'humidity', ...featureRecipe({ features: DEFAULT_GROUPS }).names].map(
  (name, i) => ({ name, ifMissing: i < 2 ? ('hold' as const) : 0 }),
);

export const standardManifest = {
  name: 'reference regressor',
  version: 'v1',
  input: 'features',
  columns: standardColumns,
  outputs: { position: 'position', logVariance: 'log_var' },
};

/** A temporary folder with copies of reference models and the manifests that tests write beside them. */
export interface ModelFolder {
  readonly path: string;
  /** Copies a reference model (and its `.data`) and writes `manifest` to `<model>.json`, unless it is `undefined`. */
  place(model: string, manifest?: unknown): Promise<string>;
  /** Writes a file and gives its path. */
  write(name: string, bytes: Uint8Array | string): Promise<string>;
  remove(): Promise<void>;
}

export async function modelFolder(): Promise<ModelFolder> {
  const path = await mkdtemp(join(tmpdir(), 'louver-models-'));
  return {
    path,
    async place(model, manifest) {
      const target = join(path, model);
      await copyFile(join(referenceFolder, model), target);
      await copyFile(join(referenceFolder, `${model}.data`), `${target}.data`).catch(() => undefined);
      await rm(`${target}.json`, { force: true });
      if (manifest !== undefined) await writeFile(`${target}.json`, JSON.stringify(manifest));
      return target;
    },
    async write(name, bytes) {
      const target = join(path, name);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, bytes);
      return target;
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

interface Tensor {
  readonly dims: readonly number[];
  readonly type: TensorType;
  readonly data: readonly number[];
}

export interface ReferenceCase {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

export async function referenceCases(model: string): Promise<readonly ReferenceCase[]> {
  return (await reference<{ cases: ReferenceCase[] }>(model.replace('.onnx', '.json'))).cases;
}

/** A JSON file of the reference folder. */
export async function reference<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(join(referenceFolder, name), 'utf8')) as T;
}

/** Awaits a rejection with a LouverError and gives it. */
export async function rejection(promise: Promise<unknown>): Promise<LouverError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!LouverError.is(error)) throw new Error(`expected a LouverError, got ${String(error)}`);
  return error;
}
