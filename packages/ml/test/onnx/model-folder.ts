import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FEATURE_GROUPS, featureRecipe } from '../../src/index.js';

export const referenceFolder = fileURLToPath(new URL('../golden-onnx/', import.meta.url));

export const standardColumns = ['temperature', 'humidity', ...featureRecipe({ features: FEATURE_GROUPS }).names].map(
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
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

interface Tensor {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

export interface ReferenceCase {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

export async function referenceCases(model: string): Promise<readonly ReferenceCase[]> {
  const text = await readFile(join(referenceFolder, model.replace('.onnx', '.json')), 'utf8');
  return (JSON.parse(text) as { cases: ReferenceCase[] }).cases;
}
