import { basename } from 'node:path';
import type { ModelColumn } from '@louver/core';
import { featureRecipe } from '../features/recipe.js';
import type { ModelReport } from './check-model.js';
import type { ModelManifest } from './model-manifest.js';
import type { TensorInfo } from './tensor-types.js';

/** A manifest to start from, and what of it has to be looked at. */
export interface ManifestSkeleton {
  readonly manifest: ModelManifest;
  readonly hints: readonly string[];
}

const SCALARS: readonly ModelColumn[] = [
  { name: 'temperature', ifMissing: 'hold', unit: '°C' },
  { name: 'humidity', ifMissing: 'hold', unit: '%' },
];

/** A file may claim any width. */
const MAX_COLUMNS = 4096;

/** What a JSON file beside a model could say, as far as the model's file gives it away. */
export function manifestSkeleton({ path, file, inputs = [], outputs = [] }: ModelReport): ManifestSkeleton {
  const input = inputs.length === 1 && inputs[0]!.shape?.length === 2 ? inputs[0]! : undefined;
  const width = input?.shape?.[1];
  const { columns, recipe, hint } = columnsOf(typeof width === 'number' ? width : SCALARS.length);
  const single = outputs.filter(isOneNumber).map(({ name }) => name);
  const logVariance = single.find((name) => /log_?var/i.test(name));
  const position = single.find((name) => name !== logVariance) ?? outputs[0]?.name ?? 'position';
  const externalData = file?.externalData.map(({ location, sha256 }) => [location, sha256] as const) ?? [];
  const manifest: ModelManifest = {
    name: basename(path, '.onnx'),
    version: 'v1.0.0',
    ...(file && { sha256: file.sha256 }),
    ...(externalData.length > 0 && { externalData: Object.fromEntries(externalData) }),
    ...(recipe !== undefined && { recipe }),
    ...(input && { input: input.name }),
    columns,
    outputs: { position, ...(logVariance !== undefined && { logVariance }) },
  };
  return {
    manifest,
    hints: [
      hint,
      'ifMissing: "hold" makes no prediction without the column, a number (its mean in training) stands in for it',
      'add what only the training knows: unit and range of the columns, trainedOn, goldenSamples',
    ],
  };
}

function columnsOf(width: number): {
  readonly columns: readonly ModelColumn[];
  readonly recipe?: string;
  readonly hint: string;
} {
  const { id, names } = featureRecipe();
  if (width === SCALARS.length + names.length) {
    const audio = names.map((name) => ({ name, ifMissing: 'hold' as const }));
    return {
      columns: [...SCALARS, ...audio],
      recipe: id,
      hint: 'columns and recipe are guessed from the number of columns: put in those of the training, in its order',
    };
  }
  const hint = 'a file does not name its columns: put in those of the training, in its order';
  if (width === SCALARS.length || width > MAX_COLUMNS) return { columns: SCALARS, hint };
  const columns = Array.from({ length: width }, (_, i) => ({ name: `column_${i + 1}`, ifMissing: 'hold' as const }));
  return { columns, hint };
}

function isOneNumber({ type, shape }: TensorInfo): boolean {
  return (type === 'float32' || type === 'float16') && (shape?.length ?? 3) <= 2 && (shape?.[1] ?? 1) === 1;
}
