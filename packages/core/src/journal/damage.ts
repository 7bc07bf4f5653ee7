import { basename, join } from 'node:path';
import type { JournalFile, JournalFiles } from './files.js';

/** Something on disk that is no entry of ours (any more). */
export interface Damage {
  /** Path of the segment. */
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
  readonly kind: 'torn tail' | 'damaged region' | 'damaged header';
}

/** Where damaged bytes are kept for people; the journal itself does not read it. */
const FOLDER = 'damaged';
const COPY_BYTES = 1024 * 1024;

/** Cuts off what does not belong to the segment. */
export async function cutAt(files: JournalFiles, path: string, length: number): Promise<void> {
  const file = await files.open(path, 'write');
  try {
    await file.truncate(length);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Copies the region; false when an earlier start has done it already, and has reported it. */
export async function copyAside(
  files: JournalFiles,
  directory: string,
  source: JournalFile,
  damage: Damage,
): Promise<boolean> {
  const folder = join(directory, FOLDER);
  const name = `${basename(damage.segment)}.${damage.offset}`;
  await files.makeDirectory(folder);
  if ((await files.list(folder)).includes(name)) return false;
  const copy = await files.open(join(folder, name), 'create');
  try {
    for (let done = 0; done < damage.bytes;) {
      const bytes = Buffer.alloc(Math.min(COPY_BYTES, damage.bytes - done));
      const filled = await source.read(bytes, damage.offset + done);
      if (filled === 0) break;
      await copy.write([bytes.subarray(0, filled)], done);
      done += filled;
    }
  } finally {
    await copy.close();
  }
  return true;
}

/** Takes a whole segment out of the journal. */
export async function moveAside(files: JournalFiles, directory: string, path: string): Promise<void> {
  await files.makeDirectory(join(directory, FOLDER));
  await files.move(path, join(directory, FOLDER, basename(path)));
  await files.syncDirectory(directory);
}
