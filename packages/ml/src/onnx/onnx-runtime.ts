import type * as Ort from 'onnxruntime-web';

export type { Ort };

let loading: Promise<typeof Ort> | undefined;

/** Loads onnxruntime-web when the first model is opened: 200 ms and 30 MB that a process without a model does not pay. */
export function onnxRuntime(): Promise<typeof Ort> {
  loading ??= import('onnxruntime-web').then((ort) => {
    // A model of this size gains nothing from threads, and they need a shared memory that cannot shrink.
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = 'fatal';
    return ort;
  });
  return loading;
}

let tail: Promise<unknown> = Promise.resolve();

/**
 * One call into onnxruntime-web after another, in the whole process: interleaved runs of two sessions fail with "Cannot read properties
 * of null".
 */
export function exclusively<T>(work: () => Promise<T>): Promise<T> {
  const run = tail.then(work);
  tail = run.catch(() => undefined);
  return run;
}

/** What onnxruntime's error says about the file, without the paths of the machine it was built on. */
export function loadErrorInWords(error: unknown): string {
  const raw = error instanceof Error ? error.message : String(error);
  const opset = /Opset (\d+) is under development.*till opset (\d+)/s.exec(raw);
  if (opset) return `its opset is ${opset[1]}, expected ${opset[2]} at most: export it again with a lower opset`;
  const version = /Unsupported model IR version: (\d+), max supported IR version: (\d+)/.exec(raw);
  if (version)
    return `its IR version is ${version[1]}, expected ${version[2]} at most: export it again with a released onnx`;
  const operator = /No Op registered for (\S+)/.exec(raw);
  if (operator)
    return `it uses the operator ${operator[1]}, which the runtime does not have: export it again with operators of ONNX itself`;
  const type = /unsupported data type: (\d+)/.exec(raw);
  if (type) return `an input or output is of type ${UNSUPPORTED[Number(type[1])] ?? type[1]}, which cannot be passed`;
  if (raw.includes('protobuf parsing failed'))
    return 'it is not an ONNX model, or damaged: copy it again, or export it again';
  return plain(raw);
}

/** [onnx.TensorProto.DataType] */
const UNSUPPORTED: Readonly<Record<number, string>> = {
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  23: 'float4e2m1',
};

/** Drops error numbers, source paths and C++ signatures. */
export function plain(message: string): string {
  return message
    .replace(/^.*ERROR_MESSAGE: /s, '')
    .replace(/\S*\/\S+\.(?:cc|h|cpp):\d+ (?:[^\n]*?\) )?/g, '')
    .replace(/\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : /g, '')
    .replace(/\S+\.(?:cc|h|cpp):\d+ /g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}
