import { LouverError } from '@louver/core';
import { checkInputs, type CheckedInput } from './check-inputs.js';
import { modelError, readModelFile } from './model-file.js';
import { firstNaN, outputTensor } from './model-outputs.js';
import type { OnnxMetadata } from './onnx-metadata.js';
import { exclusively, type Ort } from './onnx-runtime.js';
import { openModel, type OpenModel } from './open-model.js';
import { inWords } from './read-bounded.js';
import type { InputTensor, OutputTensor, RuntimeData, TensorInfo } from './tensor-types.js';

/** What `run` takes: a tensor for every input of the model, by name. */
export type OnnxInputs = Readonly<Record<string, InputTensor>>;
/** What `run` gives: a tensor for every output of the model that is one, by name. */
export type OnnxOutputs = Readonly<Record<string, OutputTensor>>;

/** A loaded ONNX model of any kind. */
export interface OnnxModel {
  readonly inputs: readonly TensorInfo[];
  /** Outputs that are sequences or maps (of scikit-learn's ZipMap) are left out, here and in what `run` gives. */
  readonly outputs: readonly TensorInfo[];
  /** What the file says of itself: its producer, and free texts by key (`metadata_props`). */
  readonly metadata: OnnxMetadata;
  /**
   * Runs the model once. Runs of all models of a process go one after the other, so calling concurrently is safe. Rejects with `E_MODEL`
   * when an input does not fit (the message names it), the model fails, or an output is NaN although every input is finite;
   * `E_OVERLOADED` when too much waits; `E_NOT_OPEN` after `close`.
   */
  run(inputs: OnnxInputs): Promise<OnnxOutputs>;
  /** Lets the runs that wait end, then gives the model's memory back. A model that nobody holds any more is closed by itself, later. */
  close(): Promise<void>;
}

export interface LoadModelOptions {
  /** Runs waiting at most, from 1; one more is refused with `E_OVERLOADED`. Default 1024. */
  readonly queueLimit?: number | undefined;
}

/**
 * Bytes of inputs that wait or run at most, per model. The runtime takes memory for a run's inputs out of 4 GiB without asking whether it
 * got it, and needs as much again, or more, for what lies between input and output.
 */
export const MAX_WAITING_BYTES = 2 ** 29;

const forgotten = new FinalizationRegistry<OpenModel>((model) => {
  model.release().catch(() => undefined);
});

/** Reads and opens a model. */
export async function openOnnxModel(path: string, { queueLimit = 1024 }: LoadModelOptions): Promise<OnnxModel> {
  if (!Number.isInteger(queueLimit) || queueLimit < 1) {
    throw new LouverError('E_CONFIG', `loadModel: queueLimit is ${queueLimit}, expected a whole number from 1`);
  }
  const file = await readModelFile(path);
  return new RunnableModel(await openModel(file), file.metadata, queueLimit);
}

class RunnableModel implements OnnxModel {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly metadata: OnnxMetadata;
  readonly #open: OpenModel;
  readonly #outputNames: readonly string[];
  readonly #queueLimit: number;
  #waiting = 0;
  #waitingBytes = 0;
  #closing: Promise<void> | undefined;

  constructor(open: OpenModel, metadata: OnnxMetadata, queueLimit: number) {
    this.inputs = open.inputs;
    this.outputs = open.outputs;
    this.metadata = metadata;
    this.#open = open;
    this.#outputNames = open.outputs.map(({ name }) => name);
    this.#queueLimit = queueLimit;
    forgotten.register(this, open, this);
  }

  async run(inputs: OnnxInputs): Promise<OnnxOutputs> {
    if (this.#closing) throw new LouverError('E_NOT_OPEN', `${this.#open.path}: the model is closed: load it again`);
    if (this.#waiting >= this.#queueLimit) throw this.#overloaded(`${this.#queueLimit} runs are waiting already`);
    const checked = this.#checked(inputs);
    const bytes = checked.inputs.reduce((sum, { data }) => sum + bytesOf(data), 0);
    if (bytes > MAX_WAITING_BYTES) {
      throw modelError(this.#open.path, `the inputs have ${bytes} bytes, at most ${MAX_WAITING_BYTES} fit`);
    }
    if (this.#waitingBytes + bytes > MAX_WAITING_BYTES) {
      throw this.#overloaded(`${this.#waitingBytes} bytes of inputs are waiting already`);
    }
    this.#waiting++;
    this.#waitingBytes += bytes;
    try {
      const outputs = await exclusively(() => this.#run(checked.inputs));
      if (checked.finite) this.#checkNumbers(outputs);
      return Object.fromEntries(outputs);
    } finally {
      this.#waiting--;
      this.#waitingBytes -= bytes;
    }
  }

  close(): Promise<void> {
    forgotten.unregister(this);
    return (this.#closing ??= this.#open.release());
  }

  #checked(inputs: OnnxInputs): ReturnType<typeof checkInputs> {
    try {
      return checkInputs(this.inputs, inputs);
    } catch (error) {
      throw modelError(this.#open.path, inWords(error), error);
    }
  }

  async #run(inputs: readonly CheckedInput[]): Promise<[string, OutputTensor][]> {
    const feeds = inputs.map(({ info, dims, data }) => {
      return [info.name, this.#open.tensor(info.type, data as Ort.Tensor.DataType, dims)] as const;
    });
    const results = await this.#open.run(Object.fromEntries(feeds), this.#outputNames);
    return this.#outputNames.map((name) => [name, outputTensor(results[name]!)]);
  }

  #checkNumbers(outputs: readonly (readonly [string, OutputTensor])[]): void {
    for (const [name, tensor] of outputs) {
      const at = firstNaN(tensor);
      if (at < 0) continue;
      const found = `its output ${name} is NaN (data[${at}]) although every input is finite`;
      throw modelError(this.#open.path, `${found}: the weights are damaged, or the model divides by zero`);
    }
  }

  #overloaded(found: string): LouverError {
    return new LouverError('E_OVERLOADED', `${this.#open.path}: ${found}: try again later`);
  }
}

/** A text costs the runtime its bytes and a pointer. */
function bytesOf(data: RuntimeData): number {
  if (ArrayBuffer.isView(data)) return data.byteLength;
  return data.reduce((sum, text) => sum + Buffer.byteLength(text) + 8, 0);
}
