import { createRequire } from 'node:module';
import { Worker, type Transferable } from 'node:worker_threads';
import { LouverError, type LouverErrorCode } from '@louver/core';

export interface WorkerThreadOptions<Answer> {
  /** Its entry, as the `imports` of package.json name it. */
  readonly file: 'features-worker' | 'meyda-worker' | 'model-worker';
  readonly data: object;
  /** Of the error when the entry was never built. */
  readonly code: LouverErrorCode;
  readonly onAnswer: (answer: Answer) => void;
  /** The thread is gone without having been asked to stop. */
  readonly onCrash: (reason: string) => void;
}

/** One worker thread. It keeps the process alive only between `hold` and `release`. */
export interface WorkerThread<Task> {
  send(task: Task, transfer: readonly Transferable[]): void;
  hold(): void;
  release(): void;
  /** What it answers from now on is not heard. */
  stop(): Promise<void>;
}

/** Starts a thread; throws under `code` when its entry was never built. */
export function startWorkerThread<Task, Answer>(options: WorkerThreadOptions<Answer>): WorkerThread<Task> {
  const { file, data, onAnswer, onCrash } = options;
  // Flags of the parent (loaders, conditions, inspector) would make the thread load other files than the built ones.
  const thread = new Worker(entryOf(options), { workerData: data, execArgv: [], name: `louver-${file}` });
  let stopping = false;
  let failure = 'it ended by itself';
  thread.on('message', (answer: Answer) => {
    if (!stopping) onAnswer(answer);
  });
  thread.on('error', (error: unknown) => {
    failure = error instanceof Error ? error.message : String(error);
  });
  thread.on('exit', (code) => {
    if (!stopping) onCrash(`${failure} (exit code ${code})`);
  });
  return {
    send: (task, transfer) => thread.postMessage(task, transfer),
    hold: () => thread.ref(),
    release: () => thread.unref(),
    async stop() {
      stopping = true;
      await thread.terminate();
    },
  };
}

/** The built file, also when this module runs from its sources: threads cannot run TypeScript. */
function entryOf({ file, code }: WorkerThreadOptions<never>): string {
  try {
    return createRequire(import.meta.url).resolve(`#${file}`);
  } catch (cause) {
    const message = `dist/${file}.js of @louver/ml is missing: build the package (npm run build -w @louver/ml)`;
    throw new LouverError(code, message, { cause });
  }
}
