import { basename, join } from 'node:path';
import { isOutOfSpace, writeAll, type JournalFile, type JournalFiles } from './files.js';

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
/** The folder grows to this, and no further. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_FILES = 1000;

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

/**
 * Copies the region; false when an earlier start has done it already, and has reported it. Copies of segments that are gone make room for new
 * ones; where there is none, an empty file says that it was reported.
 */
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
  const room = await makeRoom(files, directory, damage.bytes);
  const copy = await files.open(join(folder, name), 'create');
  try {
    for (let done = 0; room && done < damage.bytes;) {
      const bytes = Buffer.alloc(Math.min(COPY_BYTES, damage.bytes - done));
      const filled = await source.read(bytes, damage.offset + done);
      if (filled === 0) break;
      await writeAll(copy, [bytes.subarray(0, filled)], done);
      done += filled;
    }
  } catch (error) {
    // It is for people only: a full disk must not keep the journal shut.
    if (!isOutOfSpace(error)) throw error;
  } finally {
    await copy.close();
  }
  return true;
}

/** False: not even without the copies of segments that are gone. */
async function makeRoom(files: JournalFiles, directory: string, bytes: number): Promise<boolean> {
  const folder = join(directory, FOLDER);
  const live = new Set(await files.list(directory));
  const kept: { path: string; size: number; live: boolean }[] = [];
  for (const name of [...(await files.list(folder))].sort()) {
    const file = await files.open(join(folder, name), 'read');
    const size = await file.size().finally(() => file.close());
    kept.push({ path: join(folder, name), size, live: live.has(name.replace(/\.\d+$/, '')) });
  }
  let sum = bytes;
  for (const { size } of kept) sum += size;
  let count = kept.length;
  for (const old of kept) {
    if (sum <= MOST_BYTES && count < MOST_FILES) break;
    if (old.live) continue;
    await files.remove(old.path);
    sum -= old.size;
    count--;
  }
  return sum <= MOST_BYTES;
}

/** Takes a whole segment out of the journal. */
export async function moveAside(files: JournalFiles, directory: string, path: string): Promise<void> {
  await files.makeDirectory(join(directory, FOLDER));
  const file = await files.open(path, 'read');
  await makeRoom(files, directory, await file.size().finally(() => file.close()));
  await files.move(path, join(directory, FOLDER, basename(path)));
  await files.syncDirectory(directory);
}
