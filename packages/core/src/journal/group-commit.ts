import type { Context } from '../component.js';
import type { LouverError } from '../errors.js';
import type { JournalRecord, Position } from '../journal.js';
import { Ballast } from './ballast.js';
import { Batches, type Batch } from './batches.js';
import { CommitLog } from './commit-log.js';
import { encodeRecords, encodeSent } from './entries.js';
import { isOutOfSpace, type JournalFiles } from './files.js';
import { JobQueue, type Job } from './job-queue.js';
import { toRanges } from './ranges.js';
import type { Recovered } from './recover.js';
import { Removal } from './removal.js';
import { Riders } from './riders.js';
import type { Segment } from './segment.js';
import { SegmentWriter } from './segment-writer.js';
import { diskFailed, Space } from './space.js';
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

/** On a full disk even a small segment is worth a new one. */
const MIN_WORTH_BYTES = 4096;

/** The only writer. What is queued while a write and its sync are under way goes out together in the next. */
export class GroupCommit {
  private readonly writer: SegmentWriter;
  private readonly space: Space;
  private readonly ballast: Ballast;
  private readonly batches: Batches;
  private readonly log: CommitLog;
  private readonly removal: Removal;
  private nextPosition: Position;
  private readonly queue = new JobQueue();
  private readonly riders = new Riders();
  private running = false;
  private drained: Promise<void> = Promise.resolve();
  /** Set once, for good. */
  private failure: LouverError | undefined;

  constructor(private readonly options: CommitOptions) {
    const { files, directory, context, maxBytes, recovered } = options;
    const { segments, marker } = recovered;
    this.writer = new SegmentWriter(files, directory, recovered);
    this.space = new Space(segments, directory, maxBytes, context);
    this.ballast = new Ballast(files, directory, maxBytes);
    this.batches = new Batches(segments, recovered.nextBatch, recovered.batches);
    this.nextPosition = recovered.nextPosition;
    const { writer, batches, riders, ballast } = this;
    this.log = new CommitLog({ ...options, writer, riders, ballast });
    const write = (entries: readonly Buffer[]): Promise<boolean> => this.log.writeThrough(entries);
    const removed = (): void => {
      this.space.freed();
      options.changed();
    };
    this.removal = new Removal({ files, directory, context, writer, batches, marker, write, removed });
  }

  /** Why nothing can be appended now. */
  get trouble(): LouverError | undefined {
    return this.failure ?? this.space.trouble;
  }

  /** Tells the metrics how much waits, and for how long. */
  gauge(): void {
    this.space.gauge();
  }

  async start(): Promise<void> {
    const { ballast, writer } = this;
    await ballast.find();
    if (!(await writer.start(this.options.segmentBytes))) {
      try {
        await writer.rotate(this.nextPosition);
      } catch (error) {
        if (!isOutOfSpace(error) || !(await ballast.release())) throw error;
        await writer.rotate(this.nextPosition);
      }
    }
    await this.removal.run();
    if (!(await ballast.restore())) this.space.noneOnDisk(0, undefined);
    this.space.gauge();
  }

  async append(records: readonly JournalRecord[], own: boolean): Promise<Position> {
    const first = this.nextPosition;
    const bytes = encodeRecords(records, first, this.options.recovered.marker);
    if (this.failure !== undefined) throw this.failure;
    const refusal = this.space.refusal(bytes.length, { queued: this.queue.bytes, records: records.length, own });
    if (refusal !== undefined) {
      this.writer.wantRotation(1);
      this.kick();
      throw refusal;
    }
    this.nextPosition += records.length;
    await this.enqueue(bytes, records, first, undefined);
    return first;
  }

  async sent(table: TableName, positions: readonly Position[]): Promise<() => void> {
    if (this.failure !== undefined) throw this.failure;
    const batch = this.batches.begin(table, toRanges(positions));
    const bytes = encodeSent(batch.number, table, batch.ranges, this.options.recovered.marker);
    await this.enqueue(bytes, [], 0, batch);
    return () => {
      batch.done = true;
      this.riders.done(batch);
      this.kick();
    };
  }

  settle(positions: readonly Position[]): void {
    const { segments } = this.writer;
    let segment: Segment | undefined;
    for (const position of positions) {
      if (segment === undefined || position < segment.first || position >= segment.next) {
        segment = segments.holding(position);
      }
      if (segment?.open.has(position) !== true) continue;
      segment.open.settle(position);
      this.riders.settle(position);
      if (segment.settled) this.removal.due = true;
    }
    this.writer.wantRotation(this.ballast.held ? this.options.segmentBytes / 4 : MIN_WORTH_BYTES);
    this.kick();
  }

  /** Writes and syncs what is left; nothing may be called after it. */
  async close(): Promise<void> {
    this.kick();
    while (this.running) await this.drained;
    await this.writer.close(this.failure === undefined);
  }

  private enqueue(
    bytes: Buffer,
    records: readonly JournalRecord[],
    first: Position,
    batch: Batch | undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push({ bytes, records, first, batch, resolve, reject });
      this.kick();
    });
  }

  private kick(): void {
    if (this.running) return;
    this.running = true;
    this.drained = this.drain();
  }

  private async drain(): Promise<void> {
    const { ballast, queue, riders, writer } = this;
    let stalled = false;
    try {
      while (this.failure === undefined) {
        const riding = writer.rotationWanted || riders.waiting;
        if (queue.isEmpty && (stalled || !riding)) return;
        try {
          // Records are taken in only while the ballast is there.
          if (!ballast.held && queue.hasRecords && !(await ballast.restore())) this.refuseRecords(undefined);
          stalled = !(await this.commitOnce());
          await this.removal.run();
        } catch (error) {
          this.fail(error);
        }
        this.space.gauge();
      }
    } finally {
      // In the same turn as the last look at the queue: what comes later starts a new round.
      this.running = false;
    }
  }

  /** False: there is no space for it. */
  private async commitOnce(): Promise<boolean> {
    const { ballast, queue, riders } = this;
    const jobs = queue.take();
    const load = riders.take();
    try {
      if (this.writer.rotationWanted || this.log.overflows(jobs)) await this.rotate(jobs);
      await this.log.write(jobs, load);
      this.accepted(jobs);
      return true;
    } catch (error) {
      queue.putBack(jobs);
      riders.putBack(load);
      if (!isOutOfSpace(error)) throw error;
      // Without the records it is little, and may fit; else the ballast is there for it.
      const goOn = this.refuseRecords(error) > 0 || (await ballast.release());
      this.writer.wantRotation(MIN_WORTH_BYTES);
      if (!goOn) this.refuse(queue.remove('all'), this.space.noneOnDisk(0, error));
      return goOn;
    }
  }

  private accepted(jobs: readonly Job[]): void {
    if (jobs.length === 0) return;
    let records = 0;
    for (const job of jobs) {
      records += job.records.length;
      this.queue.written(job);
    }
    if (records > 0) {
      this.space.taken();
      this.options.context.metrics.count('journal_append_total', undefined, records);
    }
    this.options.changed();
  }

  /** @param jobs in hand: they have their positions, as those in the queue have. */
  private async rotate(jobs: readonly Job[]): Promise<void> {
    const first = jobs.find((job) => job.records.length > 0)?.first ?? this.queue.firstPosition ?? this.nextPosition;
    await this.writer.rotate(first);
    this.removal.due = true;
  }

  /** Nothing of these is on disk: their positions are free again, and no gap is left. */
  private refuseRecords(cause: unknown): number {
    const jobs = this.queue.remove('records');
    if (jobs.length === 0) return 0;
    this.nextPosition = jobs[0]!.first;
    const records = jobs.reduce((sum, job) => sum + job.records.length, 0);
    this.refuse(jobs, this.space.noneOnDisk(records, cause));
    this.options.changed();
    return jobs.length;
  }

  private refuse(jobs: readonly Job[], reason: LouverError): void {
    for (const { batch, reject } of jobs) {
      if (batch !== undefined) this.batches.forget(batch);
      reject(reason);
    }
  }

  private fail(error: unknown): void {
    const { context, directory } = this.options;
    this.failure = diskFailed(directory, error);
    context.logger.error('journal disk failed', { directory, cause: String(error) });
    this.refuse(this.queue.remove('all'), this.failure);
    this.options.changed();
  }
}
