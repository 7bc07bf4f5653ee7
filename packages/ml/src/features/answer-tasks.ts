import { parentPort, workerData } from 'node:worker_threads';
import type { ExtractedFeatures } from '@louver/core';
import { recordingSamples } from './recording-samples.js';
import type { FeatureAnswer, FeatureTask } from './worker-messages.js';

/** `samples` is mono, -1 … 1. */
type Analyse = (samples: Float64Array, sampleRateHz: number) => ExtractedFeatures;

/** The life of a worker thread behind a `WorkerFeatures`; `prepare` is given the thread's `workerData` once. Does nothing outside a thread. */
export function answerTasks<Data>(prepare: (data: Data) => Analyse): void {
  const port = parentPort;
  if (!port) return;
  const analyse = prepare(workerData as Data);
  const answer = (message: FeatureAnswer): void => port.postMessage(message);
  port.on('message', (task: FeatureTask) => {
    const { id } = task;
    try {
      const { samples, sampleRateHz } = recordingSamples(task);
      answer({ kind: 'features', id, ...analyse(samples, sampleRateHz) });
    } catch (error) {
      answer({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });
    }
  });
  answer({ kind: 'ready' });
}
