import type { Context } from '../component.js';
import type { Batches } from './batches.js';
import { encodeSettled } from './entries.js';
import type { JournalFiles } from './files.js';
import type { Segment } from './segment.js';
import type { SegmentWriter } from './segment-writer.js';

export interface RemovalOptions {
  readonly files: JournalFiles;
  readonly directory: string;
  readonly context: Context;
  readonly writer: SegmentWriter;
  readonly batches: Batches;
  readonly marker: number;
  /** Writes these and what rides, and syncs: then what is known here is known on disk. False: there is no space for it. */
  readonly write: (entries: readonly Buffer[]) => Promise<boolean>;
  readonly removed: () => void;
}

/**
 * Gives the space of settled segments back. A segment may say of older ones what is settled and stored there: what is still needed of
 * that is written again, to the end of the journal, before it goes. Oldest first, each one durably gone before the next, for the same reason.
 */
export class Removal {
  /** Something has changed: a segment was settled, or another one is in use. */
  due = true;
  private complained = false;

  constructor(private readonly options: RemovalOptions) {}

  async run(): Promise<void> {
    if (!this.due) return;
    this.due = false;
    const { writer } = this.options;
    const { items } = writer.segments;
    const gone = items.filter((segment) => segment.settled && segment !== writer.active);
    let leading = 0;
    while (gone[leading] !== undefined && gone[leading] === items[leading]) leading++;
    const between = gone.slice(leading);
    if (!(await this.remove(gone.slice(0, leading)))) return;
    if (between.length > 0 && (await this.keepKnowledge(between))) await this.remove(between);
  }

  /** False: they must stay for now. */
  private async keepKnowledge(between: readonly Segment[]): Promise<boolean> {
    const { writer, batches, marker, write } = this.options;
    const numbers = new Set(between.map(({ number }) => number));
    const { entries, moved } = batches.checkpoint(numbers, marker);
    const older = writer.segments.items.filter(
      (segment) => !numbers.has(segment.number) && between.some(({ number }) => segment.settledIn.has(number)),
    );
    // All that is settled there: no other segment is needed to know it.
    for (const { open, next } of older) entries.push(encodeSettled(open.settledBelow(next), marker));
    const bytes = entries.reduce((sum, entry) => sum + entry.length, 0);
    const freed = between.reduce((sum, segment) => sum + segment.bytes, 0);
    // It must be worth it: half of the space at least, so that what is pinned is not written over and over.
    if (bytes * 2 > freed) return false;
    // Without any too: that something is settled must be on disk before what was known of it goes.
    if (!(await write(entries))) {
      this.due = true;
      return false;
    }
    const { active } = writer;
    active.checkpointBytes += bytes;
    moved(active.number);
    for (const { settledIn } of older) {
      settledIn.clear();
      settledIn.add(active.number);
    }
    return true;
  }

  /** False: one of them is still there; the younger ones stay too. */
  private async remove(gone: readonly Segment[]): Promise<boolean> {
    const { files, directory, context, writer, removed } = this.options;
    for (const segment of gone) {
      try {
        await files.remove(segment.path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
          if (!this.complained) {
            context.logger.warn('journal segment cannot be removed', { segment: segment.path, cause: String(error) });
          }
          this.complained = this.due = true;
          return false;
        }
      }
      await files.syncDirectory(directory);
      writer.segments.remove(segment);
      this.complained = false;
      removed();
    }
    return true;
  }
}
