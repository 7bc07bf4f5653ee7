import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { exclusively, loadErrorInWords, onnxRuntime, plain, type Ort } from './onnx-runtime.js';
import type { ModelManifest } from './model-manifest.js';

/** A loaded model that fits its manifest. Rows in, one number per row and output out. */
export interface OnnxSession {
  /** Rows that one run may take; 1 when rows of a batch would influence each other. */
  readonly maxRows: number;
  /** Where the caller writes `rows * width` numbers before `run(rows)`. Only inside `exclusively`. */
  readonly input: Float32Array;
  /** Runs the first `rows` rows of `input`; only inside `exclusively`. */
  run(rows: number): Promise<ReadonlyMap<string, Float32Array>>;
  release(): Promise<void>;
}

const MAX_ROWS = 64;

/** Creates a session; throws an `Error` in words that say what does not fit. */
export async function openOnnxSession(path: string, bytes: Uint8Array, manifest: ModelManifest): Promise<OnnxSession> {
  const ort = await onnxRuntime();
  const externalData = await weightsBeside(path);
  const session = await exclusively(async () => {
    try {
      return await ort.InferenceSession.create(bytes, { logSeverityLevel: 4, ...(externalData && { externalData }) });
    } catch (error) {
      throw new Error(loadErrorInWords(error), { cause: error });
    }
  });
  try {
    const { inputName, batch } = checkInput(session, manifest);
    const names = Object.values(manifest.outputs);
    checkOutputs(session, manifest);
    return await probed(ort, session, { manifest, inputName, names, maxRows: batch === 1 ? 1 : MAX_ROWS });
  } catch (error) {
    await exclusively(() => session.release());
    throw error;
  }
}

/** PyTorch puts the weights of a larger model into `<model>.data`. */
async function weightsBeside(path: string): Promise<{ path: string; data: Uint8Array }[] | undefined> {
  try {
    return [{ path: `${basename(path)}.data`, data: new Uint8Array(await readFile(`${path}.data`)) }];
  } catch {
    return undefined;
  }
}

function checkInput(
  session: Ort.InferenceSession,
  manifest: ModelManifest,
): { inputName: string; batch: number | string } {
  const inputs = session.inputMetadata;
  const inputName = manifest.input ?? (inputs.length === 1 ? inputs[0]!.name : undefined);
  const found = inputs.map((input) => input.name).join(', ');
  if (inputName === undefined) throw new Error(`it has the inputs ${found}: name one as "input" in the manifest`);
  const input = inputs.find(({ name }) => name === inputName);
  if (!input) throw new Error(`its input is called ${found}, the manifest expects ${inputName}`);
  if (inputs.length > 1) throw new Error(`it has ${inputs.length} inputs (${found}), expected one`);
  if (!input.isTensor || input.type !== 'float32' || input.shape.length !== 2) {
    const shape = input.isTensor ? `${input.type} [${input.shape.join(', ')}]` : 'not a tensor';
    throw new Error(`its input ${inputName} is ${shape}, expected float32 [batch, ${manifest.columns.length}]`);
  }
  const [batch, width] = input.shape as [number | string, number | string];
  if (typeof width === 'number' && width !== manifest.columns.length) {
    throw new Error(`its input ${inputName} is ${width} wide, the manifest has ${manifest.columns.length} columns`);
  }
  if (typeof batch === 'number' && batch !== 1) {
    throw new Error(`its input ${inputName} takes exactly ${batch} rows, expected 1 or any number`);
  }
  return { inputName, batch };
}

function checkOutputs(session: Ort.InferenceSession, { outputs }: ModelManifest): void {
  const found = session.outputMetadata.map(({ name }) => name).join(', ');
  for (const [role, name] of Object.entries(outputs)) {
    const output = session.outputMetadata.find((metadata) => metadata.name === name);
    if (!output) throw new Error(`its outputs are called ${found}, the manifest expects ${name} as ${role}`);
    const fits =
      output.isTensor && output.type === 'float32' && (output.shape[1] ?? 1) === 1 && output.shape.length <= 2;
    if (!fits) {
      const shape = output.isTensor ? `${output.type} [${output.shape.join(', ')}]` : 'not a tensor';
      throw new Error(`its output ${name} is ${shape}, expected float32 [batch, 1]`);
    }
  }
}

interface Plan {
  readonly manifest: ModelManifest;
  readonly inputName: string;
  readonly names: readonly string[];
  readonly maxRows: number;
}

/** Runs the model on its own stand-ins: NaN weights load without a word. */
async function probed(ort: typeof Ort, session: Ort.InferenceSession, plan: Plan): Promise<OnnxSession> {
  const width = plan.manifest.columns.length;
  const standIns = plan.manifest.columns.map(({ ifMissing }) => (ifMissing === 'hold' ? 0 : ifMissing));
  const open = sessionOf(ort, session, plan, width);
  const alone = await exclusively(() => {
    open.input.set(standIns);
    return open.run(1);
  });
  for (const [name, values] of alone) {
    if (values.length === 1 && Number.isFinite(values[0])) continue;
    const found = values.length === 1 ? `${values[0]}` : `${values.length} numbers`;
    throw new Error(
      `its output ${name} is ${found} for its own stand-in values, expected a finite number: the weights are damaged`,
    );
  }
  if (plan.maxRows > 1 && !(await exclusively(() => rowsAreIndependent(open, standIns, alone)))) {
    return sessionOf(ort, session, { ...plan, maxRows: 1 }, width);
  }
  return open;
}

/**
 * Whether a row answers the same in company: dynamic quantisation scales a whole batch by its largest number, and some exporters freeze
 * the batch size behind a symbolic shape.
 */
async function rowsAreIndependent(
  open: OnnxSession,
  standIns: readonly number[],
  alone: ReadonlyMap<string, Float32Array>,
): Promise<boolean> {
  open.input.set(standIns);
  open.input.set(
    standIns.map((value) => 5 * value + 1),
    standIns.length,
  );
  try {
    const together = await open.run(2);
    return [...alone].every(([name, [value]]) => {
      const values = together.get(name);
      return values?.length === 2 && Math.abs(values[0]! - value!) <= 1e-4 * Math.max(1, Math.abs(value!));
    });
  } catch {
    return false;
  }
}

function sessionOf(ort: typeof Ort, session: Ort.InferenceSession, plan: Plan, width: number): OnnxSession {
  const { inputName, names, maxRows } = plan;
  const input = new Float32Array(maxRows * width);
  const feeds: Ort.InferenceSession.FeedsType[] = [];
  return {
    maxRows,
    input,
    async run(rows) {
      // Tensors are views on `input`: made once per number of rows.
      const feed = (feeds[rows] ??= {
        [inputName]: new ort.Tensor('float32', input.subarray(0, rows * width), [rows, width]),
      });
      try {
        const results = await session.run(feed, names);
        return new Map(names.map((name) => [name, results[name]!.data as Float32Array]));
      } catch (error) {
        throw new Error(plain(error instanceof Error ? error.message : String(error)), { cause: error });
      }
    },
    release: () => exclusively(() => session.release()),
  };
}
