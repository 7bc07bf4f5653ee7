import { LouverError } from '@louver/core';
import { startWorkerThread } from '../worker-thread.js';
import type { FeatureAnswer, FeatureTask } from './worker-messages.js';

/** Entries of threads, as the `imports` of package.json name them. */
export type FeatureWorkerFile = 'features-worker' | 'meyda-worker';

export interface FeatureWorkerEvents {
  readonly onAnswer: (answer: Exclude<FeatureAnswer, { kind: 'ready' }>) => void;
  /** The thread is gone without having been asked to stop. */
  readonly onCrash: (reason: string) => void;
}

/** A worker thread that analyses recordings. It keeps the process alive only between `hold` and `release`. */
export interface FeatureWorker {
  /** Resolves when it answers for the first time; rejects with `E_FEATURES` when it cannot start. */
  readonly ready: Promise<void>;
  send(task: FeatureTask): void;
  hold(): void;
  release(): void;
  stop(): Promise<void>;
}

export function startFeatureWorker(file: FeatureWorkerFile, data: object, events: FeatureWorkerEvents): FeatureWorker {
  let isReady = (): void => undefined;
  let hasFailed: (error: LouverError) => void = () => undefined;
  const ready = new Promise<void>((resolve, reject) => {
    isReady = resolve;
    hasFailed = reject;
  });
  ready.catch(() => undefined);
  const thread = startWorkerThread<FeatureTask, FeatureAnswer>({
    file,
    data,
    code: 'E_FEATURES',
    onAnswer: (answer) => (answer.kind === 'ready' ? isReady() : events.onAnswer(answer)),
    onCrash(reason) {
      hasFailed(new LouverError('E_FEATURES', `the feature worker did not start: ${reason}`));
      events.onCrash(reason);
    },
  });
  return {
    ...thread,
    ready,
    send(task) {
      // The caller's bytes are often a view on a larger pool: copied once here, then moved. Posting the view would copy all of the pool.
      const bytes = Uint8Array.from(task.bytes);
      thread.send({ ...task, bytes }, [bytes.buffer]);
    },
    stop() {
      // Who still waits for it hears no more of it.
      hasFailed(new LouverError('E_FEATURES', 'the feature worker was stopped'));
      return thread.stop();
    },
  };
}
