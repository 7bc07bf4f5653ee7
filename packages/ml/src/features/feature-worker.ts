import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { LouverError } from '@louver/core';
import type { FeatureAnswer, FeatureTask } from './worker-messages.js';

/** Entries of threads, as the `imports` of package.json name them. */
export type FeatureWorkerFile = 'features-worker' | 'meyda-worker';

export interface FeatureWorkerEvents {
  readonly onAnswer: (answer: Exclude<FeatureAnswer, { kind: 'ready' }>) => void;
  /** The thread is gone without having been asked to stop. */
  readonly onCrash: (reason: string) => void;
}

/** One worker thread. It keeps the process alive only between `hold` and `release`. */
export interface FeatureWorker {
  /** Resolves when it answers for the first time; rejects with `E_FEATURES` when it cannot start. */
  readonly ready: Promise<void>;
  send(task: FeatureTask): void;
  hold(): void;
  release(): void;
  stop(): Promise<void>;
}

/** The built file, also when this module runs from its sources: threads cannot run TypeScript. */
function workerPath(file: FeatureWorkerFile): string {
  try {
    return createRequire(import.meta.url).resolve(`#${file}`);
  } catch (cause) {
    const message = `dist/${file}.js of @louver/ml is missing: build the package (npm run build -w @louver/ml)`;
    throw new LouverError('E_FEATURES', message, { cause });
  }
}

export function startFeatureWorker(file: FeatureWorkerFile, data: object, events: FeatureWorkerEvents): FeatureWorker {
  // Flags of the parent (loaders, conditions, inspector) would make the thread load other files than the built ones.
  const thread = new Worker(workerPath(file), { workerData: data, execArgv: [], name: 'louver-features' });
  let stopping = false;
  let failure = 'it ended by itself';
  const ready = new Promise<void>((resolve, reject) => {
    thread.on('message', (answer: FeatureAnswer) => {
      if (answer.kind !== 'ready') return events.onAnswer(answer);
      resolve();
    });
    thread.on('error', (error: unknown) => {
      failure = error instanceof Error ? error.message : String(error);
    });
    thread.on('exit', (code) => {
      const reason = `${failure} (exit code ${code})`;
      reject(new LouverError('E_FEATURES', `the feature worker did not start: ${reason}`));
      if (!stopping) events.onCrash(reason);
    });
  });
  ready.catch(() => undefined);
  return {
    ready,
    send(task) {
      // The caller's bytes are often a view on a larger pool: copied once here, then moved. Posting the view would copy all of the pool.
      const bytes = Uint8Array.from(task.bytes);
      thread.postMessage({ ...task, bytes }, [bytes.buffer]);
    },
    hold: () => thread.ref(),
    release: () => thread.unref(),
    async stop() {
      stopping = true;
      await thread.terminate();
    },
  };
}
