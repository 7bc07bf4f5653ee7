import type { Context } from '../component.js';
import type { LouverError } from '../errors.js';
import { notRemoved } from './failures.js';
import type { RecordingFiles } from './files.js';
import { sweep, type Bounds, type SweptFile } from './sweep.js';

export interface RetentionOptions extends Bounds {
  readonly files: RecordingFiles;
  readonly directory: string;
  readonly context: Context;
  /** It is being kept now. */
  readonly isKept: (sha256: string) => boolean;
  readonly isWritten: (path: string) => boolean;
}

const EVERY_MS = 3_600_000;

/** Sweeps at the start, then every hour, and as soon as more was written than may be. */
export class Retention {
  /** What the last sweep could not remove. */
  trouble: LouverError | undefined;
  readonly #stop = new AbortController();
  #removing: { readonly sha256: string; readonly over: Promise<unknown> } | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #next = new AbortController();
  #failed: unknown;
  /** Of all files; known after the first sweep. */
  #bytes = 0;
  /** The last sweep has brought them under the bound: another one may do it too. */
  #helps = false;

  constructor(private readonly options: RetentionOptions) {}

  start(): void {
    this.#sweeping = this.#run();
  }

  /** So many bytes more were written. */
  added(bytes: number): void {
    this.#bytes += bytes;
    if (this.#helps && this.#bytes > (this.options.maxBytes ?? Infinity)) this.#next.abort();
  }

  /** Resolves when a removal of this one that has begun is over: then it can be written anew. */
  async removed(sha256: string): Promise<void> {
    if (this.#removing?.sha256 === sha256) await this.#removing.over;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#next.abort();
    await this.#sweeping;
  }

  async #run(): Promise<void> {
    const { context, retentionMs, maxBytes } = this.options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#helps = false;
      this.#next = new AbortController();
      await this.#sweep();
      // What was left unfinished is as old as the last process: it is gone.
      if (retentionMs === undefined && maxBytes === undefined) return;
      if (signal.aborted) return;
      await context.clock.sleep(EVERY_MS, this.#next.signal);
    }
  }

  async #sweep(): Promise<void> {
    const { context, directory, maxBytes = Infinity } = this.options;
    this.#failed = undefined;
    this.#bytes = 0;
    try {
      const swept = await sweep({ ...this.options, signal: this.#stop.signal, remove: (file) => this.#remove(file) });
      // What came meanwhile may be counted twice: then it is looked at sooner.
      this.#bytes += swept.bytes;
      this.#helps = swept.bytes <= maxBytes;
      context.metrics.gauge('recordings_bytes', swept.bytes);
      if (swept.removed > 0) {
        context.metrics.count('recordings_removed_total', {}, swept.removed);
        context.logger.info('recordings removed', swept);
      }
    } catch (error) {
      this.#failed = error;
    }
    this.trouble = this.#failed === undefined ? undefined : notRemoved(directory, this.#failed);
    if (this.trouble !== undefined) context.logger.error('recordings', { error: this.trouble.message });
  }

  async #remove({ sha256, path, modifiedMs }: SweptFile): Promise<boolean> {
    const { isKept } = this.options;
    if (isKept(sha256)) return false;
    const over = this.#removeUnlessTouched(path, modifiedMs);
    this.#removing = { sha256, over };
    try {
      return await over;
    } finally {
      this.#removing = undefined;
    }
  }

  async #removeUnlessTouched(path: string, modifiedMs: number): Promise<boolean> {
    const { files } = this.options;
    try {
      const state = await files.state(path);
      if (state?.modifiedMs !== modifiedMs) return false;
      await files.remove(path);
      return true;
    } catch (error) {
      this.#failed ??= error;
      return false;
    }
  }
}
