import type { LouverError } from '../errors.js';
import type { JournalRecord, Position } from '../journal.js';
import type { Batch } from './batches.js';

/** One append or one SENT, waiting for its sync. */
export interface Job {
  readonly bytes: Buffer;
  readonly records: readonly JournalRecord[];
  readonly first: Position;
  /** Of a SENT. */
  readonly batch: Batch | undefined;
  readonly resolve: () => void;
  readonly reject: (error: LouverError) => void;
}

/** One write and one sync at most; also the most that is written over by one ENOSPC. */
const WRITE_BYTES = 4 * 1024 * 1024;
const WRITE_JOBS = 1000;

/** What waits for the disk, in order. */
export class JobQueue {
  private jobs: Job[] = [];
  private heldBytes = 0;

  /** Of what waits and of what is being written. */
  get bytes(): number {
    return this.heldBytes;
  }

  get isEmpty(): boolean {
    return this.jobs.length === 0;
  }

  get hasRecords(): boolean {
    return this.jobs.some((job) => job.records.length > 0);
  }

  /** Of the first record that waits. */
  get firstPosition(): Position | undefined {
    return this.jobs.find((job) => job.records.length > 0)?.first;
  }

  push(job: Job): void {
    this.jobs.push(job);
    this.heldBytes += job.bytes.length;
  }

  /** What goes out together. */
  take(): Job[] {
    let count = 0;
    let bytes = 0;
    while (count < this.jobs.length && count < WRITE_JOBS && (count === 0 || bytes < WRITE_BYTES)) {
      bytes += this.jobs[count++]!.bytes.length;
    }
    return this.jobs.splice(0, count);
  }

  /** It could not be written. */
  putBack(jobs: readonly Job[]): void {
    if (jobs.length > 0) this.jobs = [...jobs, ...this.jobs];
  }

  /** What was taken is on disk. */
  written(job: Job): void {
    this.heldBytes -= job.bytes.length;
    job.resolve();
  }

  /** Takes out what is records, or all. */
  remove(which: 'records' | 'all'): Job[] {
    const removed = which === 'all' ? this.jobs : this.jobs.filter((job) => job.records.length > 0);
    this.jobs = which === 'all' ? [] : this.jobs.filter((job) => job.records.length === 0);
    for (const job of removed) this.heldBytes -= job.bytes.length;
    return removed;
  }
}
