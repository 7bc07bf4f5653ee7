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

const MAX_ROWS = 64;
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

/** A model that gives finite numbers. */
export interface TriedModel extends FittingModel {
  readonly session: OnnxSession;
  readonly standIns: readonly number[];
  /** What it gives for its stand-ins, by output. */
  readonly alone: ReadonlyMap<string, Float32Array>;
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

/** Runs a model on its own stand-ins: NaN weights load without a word. Throws an `Error` in words. */
export async function tried(fit: FittingModel): Promise<TriedModel> {
  const session = sessionOf(fit, fixedRowsOf(fit.input) ?? MAX_ROWS);
  const standIns = fit.manifest.columns.map(({ ifMissing }) => (ifMissing === 'hold' ? 0 : ifMissing));
  const tooLarge = standIns.findIndex((value) => Math.abs(value) > session.maxFeature);
  if (tooLarge >= 0) {
    const { name } = fit.manifest.columns[tooLarge]!;
    throw new Error(`ifMissing of ${name} is ${standIns[tooLarge]}, expected at most 65504: it counts in float16`);
  }
  const alone = await exclusively(() => {
    session.setRow(0, standIns);
    return session.run(1);
  });
  for (const [name, values] of alone) {
    if (values.length === 1 && Number.isFinite(values[0])) continue;
    const found = values.length === 1 ? `${values[0]}` : `${values.length} numbers`;
    throw new Error(
      `its output ${name} is ${found} for its own stand-in values, expected a finite number: the weights are damaged, or the export lost a part: train or export it again`,
    );
  }
  return { ...fit, session, standIns, alone };
}

/** The session for as many rows at once as leave each other alone. */
export async function batched({ session, standIns, alone, ...fit }: TriedModel): Promise<OnnxSession> {
  if (session.maxRows === 1) return session;
  // Between layers float16 rounds to 2^-11; rows that influence each other differ by far more.
  const tolerance = fit.model.outputs.some(({ type }) => type === 'float16') ? 2 ** -8 : 1e-4;
  const independent = await exclusively(() => rowsAreIndependent(session, standIns, alone, tolerance));
  return independent ? session : sessionOf(fit, 1);
}

/**
 * Whether a row answers the same in company: dynamic quantisation scales a whole batch by its largest number, and some exporters freeze
 * the batch size behind a symbolic shape.
 */
async function rowsAreIndependent(
  session: OnnxSession,
  standIns: readonly number[],
  alone: ReadonlyMap<string, Float32Array>,
  tolerance: number,
): Promise<boolean> {
  session.setRow(0, standIns);
  session.setRow(
    1,
    standIns.map((value) => 5 * value + 1),
  );
  try {
    const together = await session.run(2);
    return [...alone].every(([name, [value]]) => {
      const values = together.get(name);
      return values?.length === 2 && Math.abs(values[0]! - value!) <= tolerance * Math.max(1, Math.abs(value!));
    });
  } catch {
    return false;
  }
}

/** Rows that every run must have; `undefined` when there may be any number. */
function fixedRowsOf({ shape }: TensorInfo): number | undefined {
  const batch = shape?.[0];
  return typeof batch === 'number' ? batch : undefined;
}

function sessionOf({ model, manifest, input: info }: FittingModel, maxRows: number): OnnxSession {
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

/** Without the rows that fill up; a number of values that is not one a row is left for whoever looks. */
function firstOf(values: Float32Array, rows: number, together: number): Float32Array {
  return values.length === together ? values.subarray(0, rows) : values;
}

function numbersOf({ type, data }: Ort.Tensor): Float32Array {
  return type === 'float16' ? decodedHalves(data as Uint16Array) : (data as Float32Array);
}
