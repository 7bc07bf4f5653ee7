import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { LouverError } from '@louver/core';
import { checkedModel, type CheckedModel } from './onnx/checked-model.js';
import { readModelFile } from './onnx/model-file.js';
import { exclusively } from './onnx/onnx-runtime.js';
import type { ModelAnswer, ModelTask, ModelWorkerData } from './predictor/model-messages.js';
import { sharedModelFile } from './predictor/shared-model-file.js';
import { warmUp } from './predictor/warm-up.js';

/** Entry of the worker threads behind `onnxPredictor`: one model, one run after the other. */
async function serve(port: MessagePort, data: ModelWorkerData): Promise<void> {
  const answer = (message: ModelAnswer): void => port.postMessage(message);
  try {
    const kept = 'path' in data ? undefined : data;
    const file = kept?.file ?? sharedModelFile(await readModelFile((data as { path: string }).path));
    const checked = await checkedModel(file, kept?.manifest);
    await warmUp(checked);
    const { manifest, session } = checked;
    const { maxRows, maxFeature } = session;
    port.on('message', (task: ModelTask) => void run(checked, task).then(answer));
    answer({ kind: 'ready', file, manifest, maxRows, maxFeature });
  } catch (error) {
    answer({ kind: 'refused', error: LouverError.from(error, 'E_MODEL').message });
  }
}

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
