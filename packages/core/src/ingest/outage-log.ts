import type { Context } from '../component.js';
import type { EpochMs } from '../event.js';

/** A line as long as it lasts: often enough to be seen, and not a line per attempt. */
const REMIND_MS = 30_000;
/** Causes told apart within one outage; a cause whose words always change must not make a line each time. */
const MAX_CAUSES = 8;

/** Says that something fails once, again when the cause is a new one and every half minute, and when it is over. */
export class OutageLog {
  #sinceMs: EpochMs | undefined;
  #toldMs: EpochMs = 0;
  #attempts = 0;
  readonly #causes = new Set<string>();

  constructor(
    private readonly context: Pick<Context, 'clock' | 'logger'>,
    private readonly words: { readonly failing: string; readonly over: string },
  ) {}

  failed(cause: string, fields: object): void {
    const { clock, logger } = this.context;
    const now = clock.now();
    this.#sinceMs ??= now;
    this.#attempts++;
    const isNew = !this.#causes.has(cause) && this.#causes.size < MAX_CAUSES;
    if (!isNew && now - this.#toldMs < REMIND_MS) return;
    this.#causes.add(cause);
    this.#toldMs = now;
    logger.warn(this.words.failing, { ...fields, attempts: this.#attempts, forMs: now - this.#sinceMs, error: cause });
  }

  succeeded(fields: object): void {
    if (this.#sinceMs === undefined) return;
    const { clock, logger } = this.context;
    logger.info(this.words.over, { ...fields, attempts: this.#attempts, afterMs: clock.now() - this.#sinceMs });
    this.#sinceMs = undefined;
    this.#attempts = 0;
    this.#causes.clear();
  }
}
