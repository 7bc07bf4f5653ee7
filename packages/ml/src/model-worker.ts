import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { LouverError } from '@louver/core';
import { checkedModel, type CheckedModel } from './onnx/checked-model.js';
import type { LocatedManifest } from './onnx/manifest-file.js';
import { readModelFile, type ModelFile } from './onnx/model-file.js';
import { sha256 } from './onnx/model-hash.js';
import { outputNamesOf } from './onnx/manifest-outputs.js';
import { exclusively } from './onnx/onnx-runtime.js';
import type { ModelAnswer, ModelTask, ModelWorkerData } from './predictor/model-messages.js';
import { sharedModelFile } from './predictor/shared-model-file.js';
import { warmUp } from './predictor/warm-up.js';

/** Entry of the worker threads behind `onnxPredictor`: one model, one run after the other. */
function serve(port: MessagePort, data: ModelWorkerData): void {
  const answer = (message: ModelAnswer): void => port.postMessage(message);
  const opening = opened(data);
  // At once: while nothing listens the thread's loop counts as ended, and Node.js waits there for the engine to optimise, up to seconds.
  port.on('message', (task: ModelTask) => {
    // What was asked of a model that is refused ends with that.
    opening.then((checked) => run(checked, task)).then(answer, () => undefined);
  });
  opening.then(
    ({ file, located, session: { maxRows, maxFeature } }) => {
      answer({ kind: 'ready', file, located, identity: identityOf(file, located), maxRows, maxFeature });
    },
    (error: unknown) => answer({ kind: 'refused', error: LouverError.from(error, 'E_MODEL').message }),
  );
}

async function opened(data: ModelWorkerData): Promise<CheckedModel> {
  const kept = 'path' in data ? undefined : data;
  const file = kept?.file ?? sharedModelFile(await readModelFile((data as { path: string }).path));
  const checked = await checkedModel(file, kept?.located);
  await warmUp(checked);
  return checked;
}

function identityOf(file: ModelFile, { manifest }: LocatedManifest): string {
  const weights = [...file.external].flatMap(([location, bytes]) => [utf8(location), bytes]);
  return sha256(utf8(file.sha256), ...weights, utf8(JSON.stringify(manifest)));
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Runs the rows together; when that fails, each alone: one that the model cannot answer must not cost the others theirs. Never rejects. */
function run({ session, manifest }: CheckedModel, { rows, features }: ModelTask): Promise<ModelAnswer> {
  // Somebody asks whether we are here.
  if (rows === 0)
    return Promise.resolve({ kind: 'predicted', outputs: new Float32Array(0), inferenceMs: 0, errors: new Map() });
  const width = manifest.columns.length;
  const outputs = new Float32Array(rows * outputNamesOf(manifest).length);
  const errors = new Map<number, string>();
  const runFrom = async (first: number, count: number): Promise<void> => {
    for (let row = 0; row < count; row++) {
      session.setRow(row, features.subarray((first + row) * width, (first + row + 1) * width));
    }
    interleave(await session.run(count), count, outputs.subarray((first * outputs.length) / rows));
  };
  return exclusively(async () => {
    const startedMs = performance.now();
    try {
      await runFrom(0, rows);
    } catch (error) {
      const words = LouverError.from(error, 'E_MODEL').message;
      if (rows === 1) errors.set(0, words);
      for (let row = 0; rows > 1 && row < rows; row++) {
        await runFrom(row, 1).catch((alone: unknown) => errors.set(row, LouverError.from(alone, 'E_MODEL').message));
      }
    }
    // To a microsecond: the clock says no more.
    const inferenceMs = Math.round((performance.now() - startedMs) * 1000) / 1000;
    return { kind: 'predicted', outputs, inferenceMs, errors };
  });
}

/** From one array for each output to row by row. */
function interleave(results: ReadonlyMap<string, Float32Array>, rows: number, into: Float32Array): void {
  let place = 0;
  for (const values of results.values()) {
    for (let row = 0; row < rows; row++) into[row * results.size + place] = values[row]!;
    place++;
  }
}

if (parentPort) void serve(parentPort, workerData as ModelWorkerData);
