import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { LouverError } from '@louver/core';
import type { ModelAnswer, ModelTask, ModelWorkerData } from './model-messages.js';

export interface ModelWorkerEvents {
  readonly onAnswer: (answer: ModelAnswer) => void;
  /** The thread is gone without having been asked to stop. */
  readonly onCrash: (reason: string) => void;
}

/** One worker thread. It keeps the process alive only between `hold` and `release`. */
export interface ModelWorker {
  send(task: ModelTask): void;
  hold(): void;
  release(): void;
  stop(): Promise<void>;
}

/** The built file, also when this module runs from its sources: threads cannot run TypeScript. */
function workerPath(): string {
  try {
    return createRequire(import.meta.url).resolve('#model-worker');
  } catch (cause) {
    const message = 'dist/model-worker.js of @louver/ml is missing: build the package (npm run build -w @louver/ml)';
    throw new LouverError('E_MODEL', message, { cause });
  }
}

export function startModelWorker(data: ModelWorkerData, { onAnswer, onCrash }: ModelWorkerEvents): ModelWorker {
  // Flags of the parent (loaders, conditions, inspector) would make the thread load other files than the built ones.
  const thread = new Worker(workerPath(), { workerData: data, execArgv: [], name: 'louver-model' });
  let stopping = false;
  let failure = 'it ended by itself';
  thread.on('message', (answer: ModelAnswer) => {
    if (!stopping) onAnswer(answer);
  });
  thread.on('error', (error: unknown) => {
    failure = error instanceof Error ? error.message : String(error);
  });
  thread.on('exit', (code) => {
    if (!stopping) onCrash(`${failure} (exit code ${code})`);
  });
  return {
    send: (task) => thread.postMessage(task, [task.features.buffer as ArrayBuffer]),
    hold: () => thread.ref(),
    release: () => thread.unref(),
    async stop() {
      stopping = true;
      await thread.terminate();
    },
  };
}
