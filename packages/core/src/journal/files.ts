import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { makeFolder } from '../make-folder.js';
import { syncFolder } from '../sync-folder.js';

/** An open segment. The seam at which tests inject a full disk and failing hardware. */
export interface JournalFile {
  /** Writes some or all of `chunks`, one after the other, from offset `at`; resolves to the number of bytes written. */
  write(chunks: readonly Uint8Array[], at: number): Promise<number>;
  /** fdatasync. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Fills `into` from offset `at` as far as the file goes; resolves to the number of bytes read. */
  read(into: Uint8Array, at: number): Promise<number>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** The little that the journal needs of a file system. */
export interface JournalFiles {
  makeDirectory(path: string): Promise<void>;
  list(directory: string): Promise<readonly string[]>;
  /** `create` fails when the file exists. */
  open(path: string, mode: 'create' | 'write' | 'read'): Promise<JournalFile>;
  move(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes created, moved and removed names durable. */
  syncDirectory(path: string): Promise<void>;
}

const FLAGS = { create: 'wx+', write: 'r+', read: 'r' } as const;

class NodeFile implements JournalFile {
  constructor(private readonly handle: FileHandle) {}

  async write(chunks: readonly Uint8Array[], at: number): Promise<number> {
    return (await this.handle.writev(chunks as Uint8Array[], at)).bytesWritten;
  }

  sync(): Promise<void> {
    return this.handle.datasync();
  }

  truncate(length: number): Promise<void> {
    return this.handle.truncate(length);
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await this.handle.read(into, done, into.length - done, at + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async size(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** The real file system: files 0600, folders 0700. */
export const nodeFiles: JournalFiles = {
  makeDirectory: makeFolder,
  list: (directory) => readdir(directory),
  async open(path, mode) {
    return new NodeFile(await open(path, FLAGS[mode], 0o600));
  },
  move: (from, to) => rename(from, to),
  remove: (path) => rm(path),
  syncDirectory: syncFolder,
};

/** Writes all of `chunks`: a write may stop short, most of all at the end of the space. */
export async function writeAll(file: JournalFile, chunks: readonly Uint8Array[], at: number): Promise<number> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  let rest = chunks;
  for (let done = 0; done < total;) {
    let written = await file.write(rest, at + done);
    done += written;
    if (done === total) break;
    let skip = 0;
    while (written >= rest[skip]!.length) written -= rest[skip++]!.length;
    rest = [rest[skip]!.subarray(written), ...rest.slice(skip + 1)];
  }
  return total;
}

export function isOutOfSpace(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
