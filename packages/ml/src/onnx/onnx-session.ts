import { halfBits } from './half-precision.js';
import { outputNamesOf } from './manifest-outputs.js';
import type { ModelManifest } from './model-manifest.js';
import { decodedHalves } from './model-outputs.js';
import { exclusively, type Ort } from './onnx-runtime.js';
import type { OpenModel } from './open-model.js';
import { shapeInWords, type TensorInfo } from './tensor-types.js';

/** A model that fits its manifest. Rows in, one number per row and output out. */
export interface OnnxSession {
  /** Rows that one run may take; 1 when rows of a batch would influence each other. */
  readonly maxRows: number;
  /** Largest number that a feature may be, either way. */
  readonly maxFeature: number;
  /** Where the caller's features go before `run(rows)`. Only inside `exclusively`. */
  setRow(row: number, features: ArrayLike<number>): void;
  /** Runs the rows set from 0 on; only inside `exclusively`. */
  run(rows: number): Promise<ReadonlyMap<string, Float32Array>>;
}

/** A model with a fixed number of rows computes all of them for one. */
const MAX_FIXED_ROWS = 1024;
/** Beyond, float16 rounds to infinity. */
const MAX_HALF = 65_519;

/** A model whose inputs and outputs are those of its manifest. */
export interface FittingModel {
  readonly model: OpenModel;
  readonly manifest: ModelManifest;
  readonly input: TensorInfo;
}

/** Holds names, types and shapes against the manifest; throws an `Error` in words. */
export function fitting(model: OpenModel, manifest: ModelManifest): FittingModel {
  const input = inputOf(model, manifest);
  checkOutputs(model, manifest);
  return { model, manifest, input };
}

const isFloat = (type: string): type is 'float32' | 'float16' => type === 'float32' || type === 'float16';

const declared = ({ type, shape }: TensorInfo): string => `${type} ${shapeInWords(shape)}`;

function inputOf({ inputs }: OpenModel, manifest: ModelManifest): TensorInfo {
  const inputName = manifest.input ?? (inputs.length === 1 ? inputs[0]!.name : undefined);
  const found = inputs.map((input) => input.name).join(', ');
  if (inputName === undefined) throw new Error(`it has the inputs ${found}: name one as "input" in the manifest`);
  const input = inputs.find(({ name }) => name === inputName);
  if (!input) {
    throw new Error(
      `its input is called ${found}, the manifest expects ${inputName}: name the model's own as "input", or take the manifest of this model`,
    );
  }
  if (inputs.length > 1) throw new Error(`it has ${inputs.length} inputs (${found}), expected one`);
  const { shape, type } = input;
  if (!isFloat(type) || (shape && shape.length !== 2)) {
    throw new Error(
      `its input ${inputName} is ${declared(input)}, expected float32 or float16 [batch, ${manifest.columns.length}]: ` +
        `a predictor gives it one row of columns (any other model runs by itself: loadModel, louver predict)`,
    );
  }
  const [batch, width] = shape ?? [];
  if (typeof width === 'number' && width !== manifest.columns.length) {
    throw new Error(
      `its input ${inputName} is ${width} wide, the manifest has ${manifest.columns.length} columns: list one for every number that the ` +
        `model takes, in the order of its training, or take the manifest of this model`,
    );
  }
  if (typeof batch === 'number' && !(batch >= 1 && batch <= MAX_FIXED_ROWS)) {
    throw new Error(
      `its input ${inputName} takes exactly ${batch} rows, expected 1 to ${MAX_FIXED_ROWS}, or any number: export it with a dynamic batch`,
    );
  }
  return input;
}

function checkOutputs(model: OpenModel, { outputs }: ModelManifest): void {
  const found = model.outputs.map(({ name }) => name).join(', ');
  for (const [role, name] of Object.entries(outputs)) {
    const output = model.outputs.find((candidate) => candidate.name === name);
    if (!output) {
      throw new Error(
        `its outputs are called ${found}, the manifest expects ${name} as ${role}: name the model's own in "outputs", or take the manifest ` +
          `of this model`,
      );
    }
    const { type, shape = [] } = output;
    // What is not fixed is seen when the model is tried.
    const width = shape[1] ?? 1;
    if (!isFloat(type) || shape.length > 2 || (typeof width === 'number' && width !== 1)) {
      throw new Error(`its output ${name} is ${declared(output)}, expected float32 or float16 [batch, 1]`);
    }
  }
}

/** Rows that every run must have; `undefined` when there may be any number. */
export function fixedRowsOf({ shape }: TensorInfo): number | undefined {
  const batch = shape?.[0];
  return typeof batch === 'number' ? batch : undefined;
}

/** A session of a model for up to `maxRows` rows at once. */
export function sessionOf({ model, manifest, input: info }: FittingModel, maxRows: number): OnnxSession {
  const { name: inputName, type } = info;
  const fixedRows = fixedRowsOf(info) ?? 0;
  const width = manifest.columns.length;
  const names = outputNamesOf(manifest);
  const half = type === 'float16';
  const length = Math.max(maxRows, fixedRows) * width;
  const input = half ? new Uint16Array(length) : new Float32Array(length);
  const feeds: Ort.InferenceSession.FeedsType[] = [];
  return {
    maxRows,
    maxFeature: half ? MAX_HALF : Infinity,
    setRow(row, features) {
      if (!half) input.set(features, row * width);
      else for (let i = 0; i < width; i++) input[row * width + i] = halfBits(features[i]!);
    },
    async run(rows) {
      const together = Math.max(rows, fixedRows);
      // What fills up a fixed number of rows is the first one again: of a quantised batch it changes no extreme.
      for (let row = rows; row < together; row++) input.copyWithin(row * width, 0, width);
      // Tensors are views on `input`: made once per number of rows.
      const feed = (feeds[together] ??= {
        [inputName]: model.tensor(half ? 'float16' : 'float32', input.subarray(0, together * width), [together, width]),
      });
      const results = await model.run(feed, names);
      return new Map(names.map((name) => [name, firstOf(numbersOf(results[name]!), rows, together)]));
    },
  };
}

/** Runs rows of features together, at most `maxRows` of them. */
export function runRows(
  session: OnnxSession,
  rows: readonly (readonly number[])[],
): Promise<ReadonlyMap<string, Float32Array>> {
  return exclusively(() => {
    rows.forEach((row, i) => session.setRow(i, row));
    return session.run(rows.length);
  });
}

/** Without the rows that fill up; a number of values that is not one a row is left for whoever looks. */
function firstOf(values: Float32Array, rows: number, together: number): Float32Array {
  return values.length === together ? values.subarray(0, rows) : values;
}

function numbersOf({ type, data }: Ort.Tensor): Float32Array {
  return type === 'float16' ? decodedHalves(data as Uint16Array) : (data as Float32Array);
}
