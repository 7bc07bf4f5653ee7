import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { LouverError } from '@louver/core';
import { checkedModel, type CheckedModel } from './onnx/checked-model.js';
import type { LocatedManifest } from './onnx/manifest-file.js';
import { readModelFile, type ModelFile } from './onnx/model-file.js';
import { sha256 } from './onnx/model-hash.js';
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

/** Never rejects. */
function run({ session, manifest }: CheckedModel, { rows, features }: ModelTask): Promise<ModelAnswer> {
  const width = manifest.columns.length;
  return exclusively(async () => {
    try {
      for (let row = 0; row < rows; row++) session.setRow(row, features.subarray(row * width, (row + 1) * width));
      const startedMs = performance.now();
      const results = await session.run(rows);
      // To a microsecond: the clock says no more.
      const inferenceMs = Math.round((performance.now() - startedMs) * 1000) / 1000;
      const outputs = new Float32Array(rows * results.size);
      let place = 0;
      for (const values of results.values()) {
        for (let row = 0; row < rows; row++) outputs[row * results.size + place] = values[row]!;
        place++;
      }
      return { kind: 'predicted', outputs, inferenceMs };
    } catch (error) {
      return { kind: 'failed', error: LouverError.from(error, 'E_MODEL').message };
    }
  });
}

if (parentPort) void serve(parentPort, workerData as ModelWorkerData);
