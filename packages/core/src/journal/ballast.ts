import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import { isOutOfSpace, writeAll, type JournalFiles } from './files.js';

const NAME = 'ballast';
const MOST_BYTES = 256 * 1024;
const LEAST_BYTES = 16 * 1024;

/**
 * Space on the disk that is given up when there is no other. To drain a journal SENT must be written, and a segment begun before one can be
 * removed: a disk that somebody else has filled could never be drained. While it is given up no record is taken in, so that none uses it.
 */
export class Ballast {
  private readonly path: string;
  private readonly bytes: number;
  private inPlace = false;

  constructor(
    private readonly files: JournalFiles,
    private readonly directory: string,
    maxBytes: number,
  ) {
    this.path = join(directory, NAME);
    this.bytes = Math.min(MOST_BYTES, Math.max(LEAST_BYTES, Math.floor(maxBytes / 16)));
  }

  get held(): boolean {
    return this.inPlace;
  }

  /** What an earlier start has left; shorter, it is of no use. */
  async find(): Promise<void> {
    if (!(await this.files.list(this.directory)).includes(NAME)) return;
    const file = await this.files.open(this.path, 'read');
    const size = await file.size().finally(() => file.close());
    if (size === this.bytes) this.inPlace = true;
    else await this.files.remove(this.path);
  }

  /** False: there is no space for it. */
  async restore(): Promise<boolean> {
    if (this.inPlace) return true;
    try {
      const file = await this.files.open(this.path, 'create');
      try {
        // Noise: zeros, or what can be compressed, may take no space. Synced: else the disk may not have been asked yet.
        await writeAll(file, [randomFillSync(Buffer.allocUnsafe(this.bytes))], 0);
        await file.sync();
      } catch (error) {
        await this.files.remove(this.path);
        throw error;
      } finally {
        await file.close();
      }
      await this.files.syncDirectory(this.directory);
    } catch (error) {
      if (isOutOfSpace(error)) return false;
      throw error;
    }
    return (this.inPlace = true);
  }

  /** False: it was given up before. */
  async release(): Promise<boolean> {
    if (!this.inPlace) return false;
    this.inPlace = false;
    await this.files.remove(this.path);
    // Some file systems give the space back with the folder's next sync.
    await this.files.syncDirectory(this.directory);
    return true;
  }
}
