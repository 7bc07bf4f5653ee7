import type { Clock, EpochMs } from '@louver/core';

/** Requests younger than this are nobody's business: a server at work takes its time. */
const PATIENCE_MS = 2_000;
/** One that met a silence has arrived by then, if it arrives at all. */
const ARRIVAL_MS = 500;
/** Two rounds after the end of a silence a lost request is given up: with the retry's 1 s that is below 2 s in all. */
const PAUSE_MS = 300;
/** While nothing waits for the answer. */
const IDLE_PAUSE_MS = 1_000;
const LISTINGS = 2;

export interface AnswerWatchOptions {
  readonly clock: Clock;
  /** Whether the server answers at all; rejects never, takes a second at the most. */
  readonly ping: () => Promise<boolean>;
  /** Those of the requests that the server is carrying out; undefined when it does not say. Rejects never. */
  readonly running: (queryIds: readonly string[]) => Promise<ReadonlySet<string> | undefined>;
}

interface Request {
  readonly queryId: string;
  readonly startedMs: EpochMs;
  readonly ended: AbortController;
  isLost: boolean;
  /** The server did not answer when it was sent, or while it was waiting: its bytes may have gone astray. */
  metSilence: boolean;
  missed: number;
}

/**
 * Gives up requests that a server lost while it was silent (stopped, cut off, replaced), instead of waiting for their time-out once it
 * answers again. A request is given up only when a ping goes unanswered in its time, and the server afterwards says twice that
 * it is not carrying it out; while it answers, or is at work on the request, nothing is given up.
 */
export class AnswerWatch {
  readonly #requests = new Set<Request>();
  readonly #stop = new AbortController();
  #watching = false;
  #silentSinceMs: EpochMs | undefined;
  #answeredMs: EpochMs = -Infinity;

  constructor(private readonly options: AnswerWatchOptions) {}

  /** Begin of the silence that lasts, if one does. */
  get silentSinceMs(): EpochMs | undefined {
    return this.#silentSinceMs;
  }

  /** @param call is given a signal that aborts when `signal` does, when the watch is closed, and when the request is lost. */
  async during<T>(
    queryId: string,
    signal: AbortSignal | undefined,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const ended = new AbortController();
    const startedMs = this.options.clock.now();
    // Sent into a silence that ends before the next ping, it would never meet one that fails.
    const metSilence = this.#silentSinceMs !== undefined;
    const request: Request = { queryId, startedMs, ended, isLost: false, metSilence, missed: 0 };
    const end = (): void => ended.abort();
    if (signal?.aborted === true || this.#stop.signal.aborted) end();
    signal?.addEventListener('abort', end, { once: true });
    this.#requests.add(request);
    this.#watch();
    try {
      return await call(ended.signal);
    } catch (error) {
      throw request.isLost ? new RequestLost() : error;
    } finally {
      signal?.removeEventListener('abort', end);
      this.#requests.delete(request);
    }
  }

  /** The server could not be reached: goes on asking until it can. */
  unreachable(): void {
    this.#silentSinceMs ??= this.options.clock.now();
    this.#watch();
  }

  answered(): void {
    this.#silentSinceMs = undefined;
    this.#answeredMs = this.options.clock.now();
  }

  /** Ends what still waits. */
  close(): void {
    this.#stop.abort();
    for (const { ended } of this.#requests) ended.abort();
  }

  #watch(): void {
    if (this.#watching || this.#stop.signal.aborted) return;
    this.#watching = true;
    void this.#rounds().finally(() => (this.#watching = false));
  }

  async #rounds(): Promise<void> {
    const { clock } = this.options;
    while (this.#requests.size > 0 || this.#silentSinceMs !== undefined) {
      await clock.sleep(this.#requests.size > 0 ? PAUSE_MS : IDLE_PAUSE_MS, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      const nowMs = clock.now();
      const isLate = [...this.#requests].some(
        ({ startedMs, metSilence }) => startedMs <= nowMs - (metSilence ? ARRIVAL_MS : PATIENCE_MS),
      );
      // Not awaited: a ping without an answer takes a second, and an answer should be noticed at once.
      if (isLate || this.#silentSinceMs !== undefined) void this.#ask();
    }
  }

  async #ask(): Promise<void> {
    const { clock, ping, running } = this.options;
    const askedMs = clock.now();
    if (!(await ping())) {
      for (const request of this.#requests) request.metSilence = true;
      if (askedMs > this.#answeredMs) this.#silentSinceMs ??= askedMs;
      return;
    }
    this.answered();
    const suspects = [...this.#requests].filter(
      ({ metSilence, startedMs }) => metSilence && startedMs <= askedMs - ARRIVAL_MS,
    );
    if (suspects.length === 0) return;
    const found = await running(suspects.map(({ queryId }) => queryId));
    if (found === undefined) return;
    for (const request of suspects) {
      if (found.has(request.queryId)) request.missed = 0;
      else if (++request.missed >= LISTINGS) {
        request.isLost = true;
        request.ended.abort();
      }
    }
  }
}

/** The server answers, and has not got the request. */
export class RequestLost extends Error {
  override readonly name = 'RequestLost';
}
