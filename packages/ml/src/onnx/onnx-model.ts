import { LouverError } from '@louver/core';
import { copiedInputs, inspectedInputs, type GivenTensor } from './check-inputs.js';
import { modelError, readModelFile } from './model-file.js';
import { firstNaN, outputTensor } from './model-outputs.js';
import type { OnnxMetadata } from './onnx-metadata.js';
import { exclusively, type Ort } from './onnx-runtime.js';
import { openModel, type OpenModel } from './open-model.js';
import { inWords } from './read-bounded.js';
import type { InputTensor, OutputTensor, TensorInfo } from './tensor-types.js';
import { WaitingRoom } from './waiting-room.js';

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
  readonly #room: WaitingRoom;
  #closing: Promise<void> | undefined;

  constructor(open: OpenModel, metadata: OnnxMetadata, queueLimit: number) {
    this.inputs = open.inputs;
    this.outputs = open.outputs;
    this.metadata = metadata;
    this.#open = open;
    this.#outputNames = open.outputs.map(({ name }) => name);
    this.#room = new WaitingRoom(open.path, queueLimit);
    forgotten.register(this, open, this);
  }

  async run(inputs: OnnxInputs): Promise<OnnxOutputs> {
    if (this.#closing) throw new LouverError('E_NOT_OPEN', `${this.#open.path}: the model is closed: load it again`);
    try {
      const given = inspectedInputs(this.inputs, inputs);
      const leave = this.#room.enter(given.bytes);
      try {
        const { tensors, finite } = copiedInputs(given);
        const outputs = await exclusively(() => this.#run(tensors));
        if (finite) checkNumbers(outputs);
        return Object.fromEntries(outputs);
      } finally {
        leave();
      }
    } catch (error) {
      throw LouverError.is(error) ? error : modelError(this.#open.path, inWords(error), error);
    }
  }

  close(): Promise<void> {
    forgotten.unregister(this);
    return (this.#closing ??= this.#open.release());
  }

  async #run(inputs: readonly GivenTensor[]): Promise<[string, OutputTensor][]> {
    const feeds = inputs.map(({ info, dims, data }) => {
      return [info.name, this.#open.tensor(info.type, data as Ort.Tensor.DataType, dims)] as const;
    });
    const results = await this.#open.run(Object.fromEntries(feeds), this.#outputNames);
    return this.#outputNames.map((name) => [name, outputTensor(results[name]!)]);
  }
}

/** Throws an `Error` in words when an output is NaN. */
function checkNumbers(outputs: readonly (readonly [string, OutputTensor])[]): void {
  for (const [name, tensor] of outputs) {
    const at = firstNaN(tensor);
    if (at < 0) continue;
    const found = `its output ${name} is NaN (data[${at}]) although every input is finite`;
    throw new Error(`${found}: the weights are damaged, or the model divides by zero`);
  }
}
