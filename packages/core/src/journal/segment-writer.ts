import { join } from 'node:path';
import type { Position } from '../journal.js';
import { isOutOfSpace, writeAll, type JournalFile, type JournalFiles } from './files.js';
import { encodeHeader, HEADER_BYTES, segmentName } from './format.js';
import type { Recovered } from './recover.js';
import { Segment, type SegmentList } from './segment.js';

/** The segment in use: what is written goes to its end, and a new one follows. */
export class SegmentWriter {
  active!: Segment;
  rotationWanted = false;
  private file!: JournalFile;
  private nextSegment: number;
  readonly segments: SegmentList;

  constructor(
    private readonly files: JournalFiles,
    private readonly directory: string,
    private readonly recovered: Recovered,
  ) {
    this.segments = recovered.segments;
    this.nextSegment = recovered.nextSegment;
  }

  /** Goes on with the last segment, when there is one that can be gone on with. */
  async start(segmentBytes: number): Promise<boolean> {
    const last = this.segments.items.at(-1);
    if (last === undefined || this.recovered.startFresh || last.bytes >= segmentBytes) return false;
    this.active = last;
    this.file = await this.files.open(last.path, 'write');
    return true;
  }

  /** Not yet part of the segment: {@link accept} makes it so. When it fails for lack of space nothing of it is left. */
  async write(chunks: readonly Uint8Array[]): Promise<number> {
    const { active, file } = this;
    try {
      return await writeAll(file, chunks, active.bytes);
    } catch (error) {
      // Half of it may be there; the next write must not leave a gap behind, nor a restart find what was refused.
      if (isOutOfSpace(error)) await file.truncate(active.bytes).catch(notForSpace);
      throw error;
    }
  }

  /** For lack of space too it fails for good: what was written and not synced before is in doubt then. */
  async sync(): Promise<void> {
    await this.file.sync().catch(notForSpace);
  }

  /**
   * What is settled in the segment in use frees space only once there is a newer one, when it is so much. What it holds for removed ones would only
   * move on, and does not count.
   */
  wantRotation(leastBytes: number): void {
    const { settled, bytes, checkpointBytes } = this.active;
    if (settled && bytes - checkpointBytes >= HEADER_BYTES + leastBytes) this.rotationWanted = true;
  }

  accept(bytes: number, synced: boolean): void {
    this.active.bytes += bytes;
    if (synced) this.active.syncedBytes = this.active.bytes;
  }

  /** A new segment, durable with its name before anything is in it. */
  async rotate(first: Position): Promise<void> {
    const { files, directory, recovered } = this;
    const old = this.active as Segment | undefined;
    if (old !== undefined && old.bytes > old.syncedBytes) {
      await this.sync();
      old.syncedBytes = old.bytes;
    }
    const number = this.nextSegment++;
    const segment = new Segment(number, join(directory, segmentName(number)), first);
    const file = await files.open(segment.path, 'create');
    try {
      await writeAll(file, [encodeHeader({ marker: recovered.marker, id: recovered.id, first })], 0);
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
    this.rotationWanted = false;
    this.segments.items.push(segment);
  }

  async close(sync: boolean): Promise<void> {
    // It may not have come to one.
    if ((this.active as Segment | undefined) === undefined) return;
    try {
      if (sync && this.active.bytes > this.active.syncedBytes) await this.sync();
    } finally {
      await this.file.close();
    }
  }
}

/** Gives a failure another name than "no space": there is no going on after it. */
function notForSpace(error: unknown): never {
  throw new Error(error instanceof Error ? error.message : String(error), { cause: error });
}
