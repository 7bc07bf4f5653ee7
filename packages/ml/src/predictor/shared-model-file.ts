import type { ModelFile } from '../onnx/model-file.js';

/** The same file with its bytes in memory that all threads see: sent to a thread, it is not copied. */
export function sharedModelFile(file: ModelFile): ModelFile {
  const external = new Map([...file.external].map(([location, bytes]) => [location, shared(bytes)]));
  return { ...file, bytes: shared(file.bytes), external };
}

function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
