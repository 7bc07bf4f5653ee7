import type { Context } from '../component.js';
import type { Ballast } from './ballast.js';
import { isOutOfSpace } from './files.js';
import { HEADER_BYTES } from './format.js';
import type { Job } from './job-queue.js';
import type { Recovered } from './recover.js';
import { encodeRiders, ridersWritten, type Load, type Riders } from './riders.js';
import type { SegmentWriter } from './segment-writer.js';
import type { MemoryTail } from './tail.js';

export interface CommitLogOptions {
  readonly context: Context;
  readonly segmentBytes: number;
  readonly recovered: Recovered;
  readonly tail: MemoryTail;
  readonly writer: SegmentWriter;
  readonly riders: Riders;
  readonly ballast: Ballast;
}

/** Puts on disk what goes out together, and notes what is known from then on. */
export class CommitLog {
  constructor(private readonly options: CommitLogOptions) {}

  overflows(jobs: readonly Job[]): boolean {
    const { active } = this.options.writer;
    let bytes = active.bytes;
    for (const job of jobs) bytes += job.bytes.length;
    return active.bytes > HEADER_BYTES && bytes > this.options.segmentBytes;
  }

  /** With a sync when there are jobs: then they are on disk. */
  async write(jobs: readonly Job[], load: Load): Promise<void> {
    const { writer, context, recovered } = this.options;
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
    for (const job of jobs) {
      end += job.bytes.length;
      if (job.batch !== undefined) job.batch.sentIn = active.number;
      if (job.records.length > 0) this.noteRecords(job, end);
    }
  }

  /** What must be known before a segment goes, and what rides: it may use the ballast, for it frees more. False: no space. */
  async writeThrough(entries: readonly Buffer[]): Promise<boolean> {
    const { writer, ballast, riders, recovered } = this.options;
    for (;;) {
      const load = riders.take();
      const chunks = [...encodeRiders(load, recovered.marker), ...entries];
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

  private noteRecords({ bytes, records, first }: Job, endOffset: number): void {
    const { writer, tail, context } = this.options;
    const { active } = writer;
    for (let i = 0; i < records.length; i++) active.open.add(first + i);
    active.next = first + records.length;
    active.received(first, context.clock.now());
    tail.push({ segment: active.number, endOffset, first, records, bytes: bytes.length });
  }
}
