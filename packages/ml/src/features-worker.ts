import { parentPort, workerData } from 'node:worker_threads';
import { extractColumns } from './features/extract-columns.js';
import { featureRecipe } from './features/recipe.js';
import { recordingSamples } from './features/recording-samples.js';
import type { FeatureAnswer, FeatureTask, FeatureWorkerData } from './features/worker-messages.js';

/** Entry of the worker thread behind `librosaFeatures`. */
const port = parentPort;
if (port) {
  const recipe = featureRecipe(workerData as FeatureWorkerData);
  const answer = (message: FeatureAnswer): void => port.postMessage(message);
  port.on('message', (task: FeatureTask) => {
    const { id } = task;
    try {
      const { samples, sampleRateHz } = recordingSamples(task);
      answer({ kind: 'features', id, ...extractColumns(samples, sampleRateHz, recipe) });
    } catch (error) {
      answer({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });
    }
  });
  answer({ kind: 'ready' });
}
