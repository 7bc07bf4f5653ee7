import { modelError, type ModelFile } from './model-file.js';
import { exclusively, loadErrorInWords, onnxRuntime, plain, type Ort } from './onnx-runtime.js';
import { inWords } from './read-bounded.js';
import { isTensorType, UNNAMED, type TensorInfo } from './tensor-types.js';

/** A model in the runtime: what `loadModel` and the predictor both stand on. */
export interface OpenModel {
  readonly path: string;
  readonly inputs: readonly TensorInfo[];
  /** Those that are tensors; sequences and maps cannot be fetched. */
  readonly outputs: readonly TensorInfo[];
  tensor(type: Ort.Tensor.Type, data: Ort.Tensor.DataType, dims: readonly number[]): Ort.Tensor;
  /** Runs the model; only inside `exclusively`. Throws `E_MODEL`. */
  run(feeds: Ort.InferenceSession.FeedsType, outputs: readonly string[]): Promise<Ort.InferenceSession.ReturnType>;
  release(): Promise<void>;
}

/** The runtime would print errors of a run, besides throwing them. */
const QUIET = { logSeverityLevel: 4 } as const;

/** Creates a session; throws `E_MODEL` with the file's name and what is wrong. */
export async function openModel({ path, bytes, withoutShape, external }: ModelFile): Promise<OpenModel> {
  const ort = await onnxRuntime();
  const externalData = [...external].map(([location, data]) => ({ path: location, data }));
  const session = await exclusively(async () => {
    try {
      return await ort.InferenceSession.create(bytes, { ...QUIET, externalData });
    } catch (error) {
      throw modelError(path, loadErrorInWords(error), error);
    }
  });
  const release = (): Promise<void> => exclusively(() => session.release());
  try {
    return {
      path,
      inputs: session.inputMetadata.map((input) => tensorInfo(input, 'input', withoutShape)),
      outputs: tensorsOf(session.outputMetadata).map((output) => tensorInfo(output, 'output', withoutShape)),
      tensor: (type, data, dims) => new ort.Tensor(type, data, dims),
      async run(feeds, outputs) {
        try {
          return await session.run(feeds, outputs, QUIET);
        } catch (error) {
          throw modelError(path, `the model failed: ${plain(inWords(error))}`, error);
        }
      },
      release,
    };
  } catch (error) {
    await release();
    throw modelError(path, inWords(error), error);
  }
}

function tensorsOf(outputs: readonly Ort.InferenceSession.ValueMetadata[]): Ort.InferenceSession.ValueMetadata[] {
  const tensors = outputs.filter(({ isTensor }) => isTensor);
  if (tensors.length > 0) return tensors;
  const names = outputs.map(({ name }) => name).join(', ');
  throw new Error(`none of its outputs (${names}) is a tensor: export it so that it gives tensors`);
}

function tensorInfo(
  value: Ort.InferenceSession.ValueMetadata,
  role: 'input' | 'output',
  withoutShape: ReadonlySet<string>,
): TensorInfo {
  const { name } = value;
  // The runtime collects tensors by name in plain objects.
  if (name === '__proto__') throw new Error(`one ${role} is called ${name}, which cannot be passed: rename it`);
  if (!value.isTensor) throw new Error(`its ${role} ${name} is a sequence or map, expected a tensor`);
  const { type, shape } = value;
  if (!isTensorType(type)) throw new Error(`its ${role} ${name} is of type ${type}, which cannot be passed`);
  // The runtime shows what has no shape as a scalar.
  if (shape.length === 0 && withoutShape.has(name)) return { name, type };
  return { name, type, shape: shape.map(dimension) };
}

/** The runtime shows -1, a dimension without a name, as an unsigned number. */
function dimension(size: number | string): number | string {
  return size === '' || size === 0xffff_ffff || (typeof size === 'number' && size < 0) ? UNNAMED : size;
}
