import { LouverError, type Context } from '@louver/core';
import { modelCandidates, type ModelCandidate } from './model-candidates.js';

export interface ModelWatchOptions {
  /** A file, or a folder of models. */
  readonly path: string;
  readonly intervalMs: number;
  readonly context: Context;
  readonly swapTo: (path: string) => Promise<unknown>;
}

/** Looks for models that were written, and has each tried once. What the operating system tells of changes is not the same on all disks. */
export class ModelWatch {
  readonly #options: ModelWatchOptions;
  readonly #stop = new AbortController();
  /** As they were when last looked at: what is still being written differs. */
  #seen = new Map<string, string>();
  readonly #tried = new Set<string>();
  #running: Promise<void> = Promise.resolve();

  /** @param known what is there and needs no trying */
  constructor(options: ModelWatchOptions, known: readonly ModelCandidate[]) {
    this.#options = options;
    for (const { signature } of known) this.#tried.add(signature);
    this.#seen = seenOf(known);
  }

  start(): void {
    this.#running = this.#watch();
  }

  /** Looks once, and waits until what it finds has been tried. */
  async look(): Promise<void> {
    const candidates = await modelCandidates(this.#options.path);
    const newest = candidates.find(({ path, signature }) => {
      return !this.#tried.has(signature) && this.#seen.get(path) === signature;
    });
    // What is not there any more need not be remembered.
    const there = new Set(candidates.map(({ signature }) => signature));
    for (const signature of this.#tried) if (!there.has(signature)) this.#tried.delete(signature);
    this.#seen = seenOf(candidates);
    if (newest === undefined) return;
    // An older one that came with it must not take over from the newer.
    for (const { signature } of candidates.slice(candidates.indexOf(newest))) this.#tried.add(signature);
    await this.#options.swapTo(newest.path);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #watch(): Promise<void> {
    const { context, intervalMs } = this.#options;
    const { signal } = this.#stop;
    for (;;) {
      await context.clock.sleep(intervalMs, signal);
      if (signal.aborted) return;
      try {
        await this.look();
      } catch (error) {
        // A refusal is listed among the versions; a folder that is away comes back.
        if (!LouverError.is(error)) context.logger.warn('models not looked for', { error: String(error) });
      }
    }
  }
}

function seenOf(candidates: readonly ModelCandidate[]): Map<string, string> {
  return new Map(candidates.map(({ path, signature }) => [path, signature]));
}
