import { LouverError, type Context } from '@louver/core';
import { modelCandidates, type ModelCandidate } from './model-candidates.js';

export interface ModelWatchOptions {
  /** A file, or a folder of models. */
  readonly path: string;
  readonly intervalMs: number;
  readonly context: Context;
  /** Of the model that serves. */
  readonly servingPath: () => string;
  readonly swapTo: (path: string) => Promise<unknown>;
}

/**
 * Looks for models that were written, and has each tried once. Of a folder only those that are newer than the one that serves: what a
 * restart would take. What the operating system tells of changes is not the same on all disks.
 */
export class ModelWatch {
  readonly #options: ModelWatchOptions;
  readonly #stop = new AbortController();
  /** As they were when last looked at: what is still being written differs. */
  #seen: ReadonlyMap<string, string>;
  readonly #tried = new Set<string>();
  #isAway = false;
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
        await this.#look();
      } catch (error) {
        this.#away(String(error));
      }
    }
  }

  /** Looks once, and waits until what it finds has been tried. */
  async #look(): Promise<void> {
    const { path, servingPath } = this.#options;
    const candidates = await modelCandidates(path);
    // A disk that is away for a while: what was tried on it is remembered.
    if (candidates.every(({ signature }) => signature === '')) return this.#away('there is nothing');
    this.#isAway = false;
    const serving = candidates.findIndex((candidate) => candidate.path === servingPath());
    // One that was written anew stands in the place of its new time.
    const newer = serving < 0 ? candidates : candidates.slice(0, serving + 1);
    const whole = newer.filter(({ path: found, signature }) => {
      return !this.#tried.has(signature) && this.#seen.get(found) === signature;
    });
    const there = new Set(candidates.map(({ signature }) => signature));
    for (const signature of this.#tried) if (!there.has(signature)) this.#tried.delete(signature);
    this.#seen = seenOf(candidates);
    for (const candidate of whole) {
      this.#tried.add(candidate.signature);
      if (await this.#isTaken(candidate)) {
        // An older one must not take over from it.
        for (const { signature } of candidates.slice(candidates.indexOf(candidate))) this.#tried.add(signature);
        return;
      }
    }
  }

  async #isTaken({ path }: ModelCandidate): Promise<boolean> {
    try {
      await this.#options.swapTo(path);
      return true;
    } catch (error) {
      // What was refused is listed among the versions and logged.
      if (LouverError.is(error)) return false;
      throw error;
    }
  }

  #away(reason: string): void {
    if (!this.#isAway) this.#options.context.logger.warn('models not found', { path: this.#options.path, reason });
    this.#isAway = true;
  }
}

function seenOf(candidates: readonly ModelCandidate[]): ReadonlyMap<string, string> {
  return new Map(candidates.map(({ path, signature }) => [path, signature]));
}
