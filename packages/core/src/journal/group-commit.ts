import { join } from 'node:path';
import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { JournalRecord, Position } from '../journal.js';
import { encodeDone, encodeRecords, encodeSent, encodeSettled } from './entries.js';
import { writeAll, type JournalFile, type JournalFiles } from './files.js';
import { encodeHeader, HEADER_BYTES, segmentName } from './format.js';
import { toRanges } from './ranges.js';
import type { Recovered } from './recover.js';
import { Segment, type SegmentList } from './segment.js';
import type { MemoryTail } from './tail.js';
import type { TableName } from '../tables.js';

export interface CommitOptions {
  readonly files: JournalFiles;
  readonly directory: string;
  readonly context: Context;
  readonly maxBytes: number;
  readonly segmentBytes: number;
  readonly recovered: Recovered;
  readonly tail: MemoryTail;
  /** New records are on disk, or the state has changed otherwise. */
  readonly changed: () => void;
}

/** One append or one SENT, waiting for its sync. */
interface Job {
  readonly bytes: Buffer;
  readonly records: readonly JournalRecord[];
  readonly first: Position;
  readonly resolve: () => void;
  readonly reject: (error: LouverError) => void;
}

/** One write and one sync at most; also the most that is written over by one ENOSPC. */
const WRITE_BYTES = 4 * 1024 * 1024;
const WRITE_JOBS = 1000;

/**
 * The only writer. What is queued while a write and its sync are under way goes out together in the next. DONE and SETTLED ride along and
 * never cause a sync: a crash may forget them.
 */
export class GroupCommit {
  readonly segments: SegmentList;
  private readonly marker: number;
  private nextPosition: Position;
  private nextSegment: number;
  private nextBatch: number;
  private queue: Job[] = [];
  private queuedBytes = 0;
  private dones: Buffer[] = [];
  private settled: Position[] = [];
  private rotationWanted = false;
  private file!: JournalFile;
  private active!: Segment;
  private running = false;
  private drained: Promise<void> = Promise.resolve();
  /** Set once, for good. */
  private failure: LouverError | undefined;
  private fullness: LouverError | undefined;

  constructor(private readonly options: CommitOptions) {
    const { recovered } = options;
    this.segments = recovered.segments;
    this.marker = recovered.marker;
    this.nextPosition = recovered.nextPosition;
    this.nextSegment = recovered.nextSegment;
    this.nextBatch = recovered.nextBatch;
  }

  /** Why nothing can be appended now. */
  get trouble(): LouverError | undefined {
    return this.failure ?? this.fullness;
  }

  async start(): Promise<void> {
    const last = this.segments.items.at(-1);
    if (last === undefined || this.options.recovered.startFresh || last.bytes >= this.options.segmentBytes) {
      await this.rotate();
    } else {
      this.active = last;
      this.file = await this.options.files.open(last.path, 'write');
    }
    await this.removeSettled();
    this.gauge();
  }

  async append(records: readonly JournalRecord[]): Promise<Position> {
    const first = this.nextPosition;
    const bytes = encodeRecords(records, first, this.marker);
    this.refuseBeyondBound(bytes.length);
    this.nextPosition += records.length;
    await this.enqueue(bytes, records, first);
    return first;
  }

  async sent(table: TableName, positions: readonly Position[]): Promise<() => void> {
    const batch = this.nextBatch++;
    await this.enqueue(encodeSent(batch, table, toRanges(positions), this.marker), [], 0);
    return () => {
      this.dones.push(encodeDone(batch, this.marker));
      this.kick();
    };
  }

  settle(positions: readonly Position[]): void {
    for (const position of positions) {
      const segment = this.segments.holding(position);
      if (segment?.open.has(position) !== true) continue;
      segment.open.settle(position);
      this.settled.push(position);
    }
    // What is settled in the segment in use frees space only once there is a newer one.
    if (this.active.settled && this.active.bytes >= this.options.segmentBytes / 4) this.rotationWanted = true;
    this.kick();
  }

  /** Writes and syncs what is left; nothing may be called after it. */
  async close(): Promise<void> {
    this.kick();
    while (this.running) await this.drained;
    try {
      if (this.failure === undefined && this.active.bytes > this.active.syncedBytes) await this.file.sync();
    } finally {
      await this.file.close();
    }
  }

  private refuseBeyondBound(bytes: number): void {
    if (this.failure !== undefined) throw this.failure;
    const { maxBytes } = this.options;
    const used = this.segments.bytes + this.queuedBytes;
    if (used + bytes <= maxBytes) return;
    if (this.active.settled) {
      this.rotationWanted = true;
      this.kick();
    }
    const fits = bytes + 4096 <= maxBytes;
    this.fullness = new LouverError(
      'E_JOURNAL_FULL',
      `${this.options.directory} holds ${used} bytes and may hold ${maxBytes}; ${bytes} more do not fit. ` +
        (fits
          ? `They fit again once storage has taken what is in it; for longer outages raise the journal's size limit.`
          : `Raise the journal's size limit.`),
      { retryable: fits },
    );
    throw this.fullness;
  }

  private enqueue(bytes: Buffer, records: readonly JournalRecord[], first: Position): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.queue.push({ bytes, records, first, resolve, reject });
      this.queuedBytes += bytes.length;
      this.kick();
    });
  }

  private kick(): void {
    if (this.running) return;
    this.running = true;
    this.drained = this.drain();
  }

  private async drain(): Promise<void> {
    let stalled = false;
    try {
      while (this.failure === undefined) {
        const riding = !stalled && (this.dones.length > 0 || this.settled.length > 0);
        if (this.queue.length === 0 && !this.rotationWanted && !riding) return;
        const jobs = this.takeJobs();
        const { dones, settled } = this;
        this.dones = [];
        this.settled = [];
        try {
          if (this.rotationWanted || this.overflows(jobs)) await this.rotate();
          await this.write(
            jobs,
            settled.length > 0 ? [...dones, encodeSettled(toRanges(settled), this.marker)] : dones,
          );
          if (jobs.length > 0) this.fullness = undefined;
        } catch (error) {
          for (const done of dones) this.dones.push(done);
          for (const position of settled) this.settled.push(position);
          this.fail(error, jobs);
          stalled = true;
        }
        await this.removeSettled();
        this.gauge();
      }
    } finally {
      // In the same turn as the last look at the queue: what comes later starts a new round.
      this.running = false;
    }
  }

  private overflows(jobs: readonly Job[]): boolean {
    let bytes = this.active.bytes;
    for (const job of jobs) bytes += job.bytes.length;
    return this.active.bytes > HEADER_BYTES && bytes > this.options.segmentBytes;
  }

  private takeJobs(): Job[] {
    let count = 0;
    let bytes = 0;
    while (count < this.queue.length && count < WRITE_JOBS && (count === 0 || bytes < WRITE_BYTES)) {
      bytes += this.queue[count++]!.bytes.length;
    }
    return this.queue.splice(0, count);
  }

  private async write(jobs: readonly Job[], riders: readonly Buffer[]): Promise<void> {
    const { active, file } = this;
    const { context, tail } = this.options;
    const chunks = [...jobs.map((job) => job.bytes), ...riders];
    if (chunks.length === 0) return;
    let written: number;
    try {
      written = await writeAll(file, chunks, active.bytes);
    } catch (error) {
      // Half of it may be there; the next write must not leave a gap behind, nor a restart find what was refused.
      if (isOutOfSpace(error)) await file.truncate(active.bytes);
      throw error;
    }
    if (jobs.length > 0) {
      // A duration is measured where it happens: an injected clock does not know how long a disk takes.
      const began = performance.now();
      await file.sync();
      context.metrics.observe('journal_sync_ms', performance.now() - began);
    }
    let end = active.bytes;
    active.bytes += written;
    if (jobs.length === 0) return;
    active.syncedBytes = active.bytes;
    let count = 0;
    for (const job of jobs) {
      end += job.bytes.length;
      this.queuedBytes -= job.bytes.length;
      count += job.records.length;
      for (let i = 0; i < job.records.length; i++) active.open.add(job.first + i);
      if (job.records.length > 0) {
        active.next = job.first + job.records.length;
        active.firstReceivedAtMs ??= context.clock.now();
        const { records, first, bytes } = job;
        tail.push({ segment: active.number, endOffset: end, first, records, bytes: bytes.length });
      }
      job.resolve();
    }
    if (count > 0) context.metrics.count('journal_append_total', undefined, count);
    this.options.changed();
  }

  /** A new segment, durable with its name before anything is in it. */
  private async rotate(): Promise<void> {
    const { files, directory, recovered } = this.options;
    this.rotationWanted = false;
    const old = this.active as Segment | undefined;
    if (old !== undefined && old.bytes > old.syncedBytes) {
      await this.file.sync();
      old.syncedBytes = old.bytes;
    }
    const number = this.nextSegment++;
    // Jobs in hand and in the queue have their positions, counted from the last record written.
    const first =
      this.segments.items.length > 0 && old !== undefined ? Math.max(old.next, old.first) : this.nextPosition;
    const segment = new Segment(number, join(directory, segmentName(number)), first);
    const file = await files.open(segment.path, 'create');
    try {
      await writeAll(file, [encodeHeader({ marker: this.marker, id: recovered.id, first })], 0);
      await file.sync();
      await files.syncDirectory(directory);
    } catch (error) {
      await file.close();
      await files.remove(segment.path);
      throw error;
    }
    if (old !== undefined) await this.file.close();
    this.file = file;
    this.active = segment;
    this.segments.items.push(segment);
  }

  /** Oldest first, each one durably gone before the next: a younger segment holds what is known of the older. */
  private async removeSettled(): Promise<void> {
    const { files, directory, context } = this.options;
    const { items } = this.segments;
    while (items.length > 1 && items[0]!.settled && items[0] !== this.active) {
      const oldest = items[0]!;
      try {
        await files.remove(oldest.path);
        await files.syncDirectory(directory);
      } catch (error) {
        context.logger.warn('journal segment cannot be removed', { segment: oldest.path, cause: String(error) });
        return;
      }
      items.shift();
      this.fullness = undefined;
      this.options.changed();
    }
  }

  private fail(error: unknown, jobs: readonly Job[]): void {
    const { context, directory } = this.options;
    // Only riders were refused, and they wait: what is queued since may find space.
    if (isOutOfSpace(error) && jobs.length === 0) return;
    const refused = [...jobs, ...this.queue];
    this.queue = [];
    this.queuedBytes = 0;
    let reason: LouverError;
    if (isOutOfSpace(error)) {
      const message = `no space is left on the disk of ${directory}. Nothing is acknowledged until there is some: free or add space.`;
      reason = this.fullness = new LouverError('E_JOURNAL_FULL', message, { cause: error });
      // Nothing of these is on disk: their positions are free again, and no gap is left.
      const first = refused.find((job) => job.records.length > 0)?.first;
      if (first !== undefined) this.nextPosition = first;
      context.logger.warn('journal disk is full', { directory });
    } else {
      const message =
        `the disk of ${directory} failed (${error instanceof Error ? error.message : String(error)}). ` +
        `What it holds since then is unknown, so nothing more is acknowledged: check the disk and restart.`;
      reason = this.failure = new LouverError('E_JOURNAL_IO', message, { cause: error });
      context.logger.error('journal disk failed', { directory, cause: String(error) });
    }
    for (const job of refused) job.reject(reason);
    this.options.changed();
  }

  private gauge(): void {
    const { metrics, clock } = this.options.context;
    metrics.gauge('journal_bytes', this.segments.bytes);
    const oldest = this.segments.items.find((segment) => !segment.settled)?.firstReceivedAtMs;
    metrics.gauge('journal_oldest_age_ms', oldest === undefined ? 0 : Math.max(0, clock.now() - oldest));
  }
}

export function isOutOfSpace(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
