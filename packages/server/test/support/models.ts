import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { regressorToOnnx, type DenseLayer } from '@louver/ml/training';

const COLUMNS = ['temperature', 'humidity'] as const;

export interface TestModel {
  readonly version: string;
  /** Percent open, whatever it is asked. */
  readonly position?: number;
  /** A degree above it its answer is no number. °C. */
  readonly brokenAbove?: number;
  /** Written with the manifest as they are. */
  readonly manifest?: Readonly<Record<string, unknown>>;
}

/** The bytes of a model with an embedded manifest that looks at temperature and humidity. */
export function modelBytes({ version, position = 50, brokenAbove, manifest }: TestModel): Uint8Array {
  const head = [Math.log(position / (100 - position)), 0];
  const mean = Float32Array.of(brokenAbove ?? 20, 50);
  return regressorToOnnx(
    {
      mean,
      standardDeviation: Float32Array.of(1, 1),
      layers: layersOf(head, brokenAbove !== undefined),
      predict: none,
    },
    {
      name: 'test model',
      version,
      columns: COLUMNS.map((name) => ({ name, ifMissing: 'hold' as const })),
      outputs: { position: 'position', logVariance: 'log_var' },
      ...manifest,
    },
  );
}

/** A new folder with models by file name. */
export async function modelFolder(models: Readonly<Record<string, TestModel>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'louver-models-'));
  for (const [name, model] of Object.entries(models)) await writeFile(join(folder, name), modelBytes(model));
  return folder;
}

function layersOf(head: readonly number[], breaks: boolean): readonly DenseLayer[] {
  const bias = Float32Array.from(head);
  if (!breaks) return [{ inputs: 2, outputs: 2, weights: new Float32Array(4), bias }];
  // A degree above the mean is infinite in the second layer, and infinity less infinity is no number.
  const huge = 3e38;
  return [
    { inputs: 2, outputs: 2, weights: Float32Array.of(huge, huge, 0, 0), bias: new Float32Array(2) },
    { inputs: 2, outputs: 2, weights: Float32Array.of(2, 0, -2, 0), bias },
  ];
}

function none(): void {
  // Nothing is predicted here: only the layers are written.
}
