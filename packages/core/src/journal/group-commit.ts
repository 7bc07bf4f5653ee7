import type { Context } from '../component.js';
import { LouverError } from '../errors.js';
import type { JournalRecord, Position } from '../journal.js';
import { Ballast } from './ballast.js';
import { Batches, type Batch } from './batches.js';
import { encodeRecords, encodeSent } from './entries.js';
import { isOutOfSpace, type JournalFiles } from './files.js';
import { HEADER_BYTES } from './format.js';
import { JobQueue, type Job } from './job-queue.js';
import { toRanges } from './ranges.js';
import type { Recovered } from './recover.js';
import { Removal } from './removal.js';
import { encodeRiders, Riders, ridersWritten, type Load } from './riders.js';
import type { Segment } from './segment.js';
import { SegmentWriter } from './segment-writer.js';
import { Space } from './space.js';
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

/**
 * The only writer. What is queued while a write and its sync are under way goes out together in the next.
 */
export class GroupCommit {
  private readonly writer: SegmentWriter;
  private readonly space: Space;
  private readonly ballast: Ballast;
  private readonly batches: Batches;
  private readonly removal: Removal;
  private nextPosition: Position;
  private readonly queue = new JobQueue();
  private readonly riders = new Riders();
  private rotationWanted = false;
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
    const write = (entries: readonly Buffer[]): Promise<boolean> => this.writeThrough(entries);
    const { writer, batches } = this;
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
    this.refuseBeyondBound(bytes.length, records.length, own);
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
    this.wantRotation(this.ballast.held ? this.options.segmentBytes / 4 : MIN_WORTH_BYTES);
    this.kick();
  }

  /** Writes and syncs what is left; nothing may be called after it. */
  async close(): Promise<void> {
    this.kick();
    while (this.running) await this.drained;
    await this.writer.close(this.failure === undefined);
  }

  private refuseBeyondBound(bytes: number, records: number, own: boolean): void {
    if (this.failure !== undefined) throw this.failure;
    const refusal = this.space.refusal(bytes, { queued: this.queue.bytes, records, own });
    if (refusal === undefined) return;
    this.wantRotation(1);
    this.kick();
    throw refusal;
  }

  /** What is settled in the segment in use frees space only once there is a newer one. What it holds for removed ones would only move on. */
  private wantRotation(leastBytes: number): void {
    const { active } = this.writer;
    if (active.settled && active.bytes - active.checkpointBytes >= HEADER_BYTES + leastBytes)
      this.rotationWanted = true;
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
    let stalled = false;
    try {
      while (this.failure === undefined) {
        const riding = this.rotationWanted || this.riders.waiting;
        if (this.queue.isEmpty && (stalled || !riding)) return;
        try {
          if (!this.ballast.held) await this.makeRoomForRecords();
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

  /** Records are taken in only while the ballast is there. */
  private async makeRoomForRecords(): Promise<void> {
    if (this.queue.hasRecords && !(await this.ballast.restore())) this.refuseRecords(undefined);
  }

  /** False: there is no space for it. */
  private async commitOnce(): Promise<boolean> {
    const { ballast, queue, riders } = this;
    const jobs = queue.take();
    const load = riders.take();
    try {
      if (this.rotationWanted || this.overflows(jobs)) await this.rotate(jobs);
      await this.write(jobs, load);
      return true;
    } catch (error) {
      queue.putBack(jobs);
      riders.putBack(load);
      if (!isOutOfSpace(error)) throw error;
      // Without the records it is little, and may fit; else the ballast is there for it.
      const goOn = this.refuseRecords(error) > 0 || (await ballast.release());
      this.wantRotation(MIN_WORTH_BYTES);
      if (!goOn) this.refuse(queue.remove('all'), this.space.noneOnDisk(0, error));
      return goOn;
    }
  }

  /** For the few bytes that free more. */
  private async writeThrough(entries: readonly Buffer[]): Promise<boolean> {
    const { writer, ballast, riders } = this;
    for (;;) {
      const load = riders.take();
      const chunks = [...encodeRiders(load, this.options.recovered.marker), ...entries];
      try {
        const bytes = chunks.length === 0 ? 0 : await writer.write(chunks);
        await writer.sync();
        writer.accept(bytes, true);
        ridersWritten(load, writer.active, writer.segments);
        return true;
      } catch (error) {
        riders.putBack(load);
        if (!isOutOfSpace(error)) throw error;
        if (!(await ballast.release())) return false;
      }
    }
  }

  private overflows(jobs: readonly Job[]): boolean {
    const { active } = this.writer;
    let bytes = active.bytes;
    for (const job of jobs) bytes += job.bytes.length;
    return active.bytes > HEADER_BYTES && bytes > this.options.segmentBytes;
  }

  private async write(jobs: readonly Job[], load: Load): Promise<void> {
    const { writer, queue } = this;
    const { context, recovered } = this.options;
    const chunks = [...jobs.map((job) => job.bytes), ...encodeRiders(load, recovered.marker)];
    if (chunks.length === 0) return;
    const written = await writer.write(chunks);
    if (jobs.length > 0) {
      // A duration is measured where it happens: an injected clock does not know how long a disk takes.
      const began = performance.now();
      await writer.sync();
      context.metrics.observe('journal_sync_ms', performance.now() - began);
    }
    const { active } = writer;
    let end = active.bytes;
    writer.accept(written, jobs.length > 0);
    ridersWritten(load, active, writer.segments);
    if (jobs.length === 0) return;
    let count = 0;
    for (const job of jobs) {
      end += job.bytes.length;
      count += job.records.length;
      if (job.batch !== undefined) job.batch.sentIn = active.number;
      if (job.records.length > 0) this.noteRecords(job, end);
      queue.written(job);
    }
    if (count > 0) {
      this.space.taken();
      context.metrics.count('journal_append_total', undefined, count);
    }
    this.options.changed();
  }

  private noteRecords({ bytes, records, first }: Job, endOffset: number): void {
    const { active } = this.writer;
    for (let i = 0; i < records.length; i++) active.open.add(first + i);
    active.next = first + records.length;
    active.received(first, this.options.context.clock.now());
    this.options.tail.push({ segment: active.number, endOffset, first, records, bytes: bytes.length });
  }

  /** @param jobs in hand: they have their positions, as those in the queue have. */
  private async rotate(jobs: readonly Job[]): Promise<void> {
    const first = jobs.find((job) => job.records.length > 0)?.first ?? this.queue.firstPosition ?? this.nextPosition;
    await this.writer.rotate(first);
    this.rotationWanted = false;
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
    const message =
      `the disk of ${directory} failed (${error instanceof Error ? error.message : String(error)}). ` +
      `What it holds since then is unknown, so nothing more is acknowledged: check the disk and restart.`;
    this.failure = new LouverError('E_JOURNAL_IO', message, { cause: error });
    context.logger.error('journal disk failed', { directory, cause: String(error) });
    this.refuse(this.queue.remove('all'), this.failure);
    this.options.changed();
  }
}
