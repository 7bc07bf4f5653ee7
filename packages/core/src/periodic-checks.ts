import type { Component, Context, Health } from './component.js';
import { LouverError } from './errors.js';
import { OutageLog } from './ingest/outage-log.js';

/** What a part that is away is asked again after, at the latest: that it is back is told at once. */
const ASK_AGAIN_MS = 1_000;
const WELL: Health = { ok: true };

export interface PeriodicChecksOptions {
  /** By the name that health reports give them. Those without `check` are not asked. */
  readonly parts: Readonly<Record<string, Pick<Component, 'check'> | undefined>>;
  /** A part that does its work no more is known within this, milliseconds. */
  readonly noticeWithinMs: number;
  readonly context: Pick<Context, 'clock' | 'logger'>;
}

/**
 * Asks parts whether they work while nobody else does. Each has its own round: half the time passes, then the other half is what the answer may
 * take, so that together they are the time within which a failure is noticed. A part is never asked twice at a time.
 */
export class PeriodicChecks {
  readonly #options: PeriodicChecksOptions;
  readonly #troubles = new Map<string, Health>();
  readonly #stop = new AbortController();

  /** Throws `E_CONFIG` for a time that is none. */
  constructor(options: PeriodicChecksOptions) {
    const { noticeWithinMs } = options;
    if (!(noticeWithinMs >= 2 && noticeWithinMs < Infinity)) {
      const found = `noticeWithinMs is ${noticeWithinMs}, expected milliseconds, at least 2`;
      throw new LouverError('E_CONFIG', `health checks: ${found}`);
    }
    this.#options = options;
  }

  /** Once the parts are open. */
  begin(): void {
    for (const [name, part] of Object.entries(this.#options.parts)) {
      if (part?.check !== undefined) void this.#watch(name, (signal) => part.check!(signal));
    }
  }

  /** What the last question to the part has shown. */
  healthOf(name: string): Health {
    return this.#troubles.get(name) ?? WELL;
  }

  /** Gives up what is asked. Before the parts are closed. */
  close(): void {
    this.#stop.abort();
    this.#troubles.clear();
  }

  async #watch(name: string, check: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { noticeWithinMs, context } = this.#options;
    const { signal } = this.#stop;
    const pauseMs = noticeWithinMs / 2;
    const log = new OutageLog(context, { failing: 'health check failed', over: 'health check passed again' });
    while (!signal.aborted) {
      await context.clock.sleep(this.#troubles.has(name) ? Math.min(pauseMs, ASK_AGAIN_MS) : pauseMs, signal);
      if (signal.aborted) return;
      const reason = await this.#ask(name, check);
      if (signal.aborted) return;
      this.#saw(name, reason);
      if (reason === undefined) log.succeeded({ part: name });
      else log.failed(reason, { part: name });
    }
  }

  #saw(name: string, reason: string | undefined): void {
    if (reason === undefined) this.#troubles.delete(name);
    else this.#troubles.set(name, { ok: false, reason });
  }

  /** Resolves once the question is over, to what is wrong: one that pays no heed to its signal is waited for. */
  async #ask(name: string, check: (signal: AbortSignal) => Promise<void>): Promise<string | undefined> {
    const { noticeWithinMs, context } = this.#options;
    const limitMs = noticeWithinMs / 2;
    const asked = new AbortController();
    const giveUp = (): void => asked.abort();
    this.#stop.signal.addEventListener('abort', giveUp, { once: true });
    const answer = Promise.resolve()
      .then(() => check(asked.signal))
      .then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
    const answered = new AbortController();
    const late = context.clock.sleep(limitMs, answered.signal).then(() => {
      if (answered.signal.aborted || this.#stop.signal.aborted) return undefined;
      const reason = `no answer within ${limitMs} ms`;
      this.#saw(name, reason);
      giveUp();
      return reason;
    });
    try {
      const first = await Promise.race([answer.then((reason) => ({ reason })), late]);
      if (typeof first === 'object') return first.reason;
      // One that answers after all is there; what it says of having been given up is of no use.
      return (await answer) === undefined ? undefined : first;
    } finally {
      answered.abort();
      this.#stop.signal.removeEventListener('abort', giveUp);
    }
  }
}
