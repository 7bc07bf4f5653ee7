import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { SegmentList } from './segment.js';

const LEAST_RESERVE_BYTES = 8 * 1024;
const MOST_RESERVE_BYTES = 16 * 1024 * 1024;
/** A segment's header and what else lies between a record and the bound. */
const MARGIN_BYTES = 4096;

/** Of `maxBytes`: what only records of our own may use. */
function reserveBytes(maxBytes: number): number {
  return Math.min(MOST_RESERVE_BYTES, Math.max(LEAST_RESERVE_BYTES, Math.floor(maxBytes / 16)));
}

/** What may be written: the bound, and what the disk said last. */
export class Space {
  private atBound: LouverError | undefined;
  private diskFull: LouverError | undefined;

  constructor(
    private readonly segments: SegmentList,
    private readonly directory: string,
    private readonly maxBytes: number,
    private readonly context: Context,
  ) {
    context.metrics.gauge('journal_max_bytes', maxBytes);
  }

  /** Why nothing can be taken in now. */
  get trouble(): LouverError | undefined {
    return this.diskFull ?? this.atBound;
  }

  /** `undefined`: as far as the bound goes there is room for `bytes` more than what is `queued`. */
  refusal(
    bytes: number,
    asked: { readonly queued: number; readonly records: number; readonly own: boolean },
  ): LouverError | undefined {
    const { queued, records, own } = asked;
    const used = this.segments.bytes + queued;
    const limit = own ? this.maxBytes : this.maxBytes - reserveBytes(this.maxBytes);
    if (used + bytes <= limit) {
      if (!own) this.atBound = undefined;
      return undefined;
    }
    const fits = bytes + MARGIN_BYTES <= limit;
    const error = new LouverError(
      'E_JOURNAL_FULL',
      `${this.directory} holds ${used} bytes and may hold ${limit}` +
        (own ? '' : ` (of ${this.maxBytes}; the rest is kept for what Louver itself must remember)`) +
        `; ${bytes} more do not fit. ` +
        (fits
          ? `They fit again once storage has taken what is in it; for longer outages raise the journal's size limit.`
          : `Raise the journal's size limit.`),
      { retryable: fits },
    );
    this.atBound = error;
    this.count('bound', records);
    return error;
  }

  /** The disk has refused to take so many records. */
  noneOnDisk(records: number, cause: unknown): LouverError {
    if (this.diskFull === undefined) this.context.logger.warn('journal disk is full', { directory: this.directory });
    this.diskFull = new LouverError(
      'E_JOURNAL_FULL',
      `no space is left on the disk of ${this.directory}. Nothing is acknowledged until there is some: free or add space.`,
      { cause },
    );
    this.count('disk', records);
    return this.diskFull;
  }

  /** Records were written. */
  taken(): void {
    this.diskFull = undefined;
  }

  /** A segment has gone. */
  freed(): void {
    this.atBound = undefined;
  }

  gauge(): void {
    const { metrics, clock } = this.context;
    metrics.gauge('journal_bytes', this.segments.bytes);
    const oldest = this.segments.items.find((segment) => !segment.settled)?.oldestReceivedAtMs;
    metrics.gauge('journal_oldest_age_ms', oldest === undefined ? 0 : Math.max(0, clock.now() - oldest));
  }

  private count(reason: 'bound' | 'disk', records: number): void {
    if (records > 0) this.context.metrics.count('journal_refused_total', { reason }, records);
  }
}

export function diskFailed(directory: string, cause: unknown): LouverError {
  return new LouverError(
    'E_JOURNAL_IO',
    `the disk of ${directory} failed (${cause instanceof Error ? cause.message : String(cause)}). ` +
      `What it holds since then is unknown, so nothing more is acknowledged: check the disk and restart.`,
    { cause },
  );
}
