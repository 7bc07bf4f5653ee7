import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFiles, type JournalFile, type JournalFiles } from '../../packages/core/src/journal/files.js';

/** The real file system, and what the operating system does for a process that has died: closes its files and knows that it is gone. */
export function filesWithFuneral(): { files: JournalFiles; bury: (directory: string) => Promise<void> } {
  const open = new Set<JournalFile>();
  const files: JournalFiles = {
    ...nodeFiles,
    async open(path, mode) {
      const file = await nodeFiles.open(path, mode);
      const close = async (): Promise<void> => {
        if (open.delete(tracked)) await file.close();
      };
      const tracked: JournalFile = {
        write: (chunks, at) => file.write(chunks, at),
        sync: () => file.sync(),
        truncate: (length) => file.truncate(length),
        read: (into, at) => file.read(into, at),
        size: () => file.size(),
        close,
      };
      open.add(tracked);
      return tracked;
    },
  };
  return {
    files,
    async bury(directory) {
      for (const file of [...open]) await file.close();
      for (const name of await readdir(directory).catch(() => [])) {
        if (name.startsWith('lock.')) await rm(join(directory, name), { force: true });
      }
    },
  };
}
