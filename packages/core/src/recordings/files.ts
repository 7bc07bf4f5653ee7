import { open, opendir, lstat, rename, rm, utimes, type FileHandle } from 'node:fs/promises';
import { constants } from 'node:fs';
import type { EpochMs } from '../event.js';
import { makeFolder } from '../make-folder.js';
import type { KeptRecording } from '../recording-store.js';
import { syncFolder } from '../sync-folder.js';

export interface FileState {
  /** No folder, link or device. */
  readonly isFile: boolean;
  readonly bytes: number;
  readonly modifiedMs: EpochMs;
}

/** The little that a store of recordings needs of a file system. The seam at which tests inject a full disk and a crash. */
export interface RecordingFiles {
  makeFolder(path: string): Promise<void>;
  /** Writes a file that is not there yet, and syncs it. */
  write(path: string, pieces: readonly Uint8Array[], modifiedMs: EpochMs): Promise<void>;
  move(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Sets when it was modified. */
  touch(path: string, modifiedMs: EpochMs): Promise<void>;
  /** Makes created and moved names durable. */
  syncFolder(path: string): Promise<void>;
  /** Of the name itself, not of what a link points at; `undefined`: nothing is there. */
  state(path: string): Promise<FileState | undefined>;
  /** Names as they are read, a few at a time. Nothing for a folder that is not there. */
  names(path: string): AsyncIterable<{ readonly name: string; readonly isFolder: boolean }>;
  /** `undefined`: nothing is there. Follows no link. */
  open(path: string): Promise<KeptRecording | undefined>;
}

/** The real file system: files 0600, folders 0700. */
export const nodeFiles: RecordingFiles = {
  makeFolder,
  async write(path, pieces, modifiedMs) {
    const file = await open(path, 'wx', 0o600);
    try {
      // One after the other: of several at once a full disk may take a part and say nothing.
      for (const piece of pieces) await file.writeFile(piece);
      await file.utimes(modifiedMs / 1000, modifiedMs / 1000);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  move: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  touch: (path, modifiedMs) => utimes(path, modifiedMs / 1000, modifiedMs / 1000),
  syncFolder,
  async state(path) {
    const found = await unlessMissing(lstat(path));
    return found && { isFile: found.isFile(), bytes: found.size, modifiedMs: found.mtimeMs };
  },
  async *names(path) {
    const folder = await unlessMissing(opendir(path));
    if (folder === undefined) return;
    for await (const entry of folder) yield { name: entry.name, isFolder: entry.isDirectory() };
  },
  async open(path) {
    // A pipe of that name would be waited for.
    const file = await unlessMissing(
      open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)),
    );
    if (file === undefined) return undefined;
    const found = await file.stat();
    if (!found.isFile()) {
      await file.close();
      return undefined;
    }
    return { bytes: found.size, pieces: piecesOf(file), close: () => file.close() };
  },
};

/** A stream that is not begun would hold the file open. */
async function* piecesOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  try {
    yield* file.createReadStream() as AsyncIterable<Uint8Array>;
  } finally {
    await file.close();
  }
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
