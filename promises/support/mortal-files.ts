import type { Incarnation } from '@louver/core/testkit';
import type { JournalFile, JournalFiles } from '../../packages/core/src/journal/files.js';

/** A journal's files in a life that may end: whatever changes something on the disk is a step. */
export function mortalFiles(files: JournalFiles, life: Incarnation): JournalFiles {
  const mortal = (file: JournalFile): JournalFile => ({
    write: (chunks, at) => life.step('file.write', () => file.write(chunks, at)),
    sync: () => life.step('file.sync', () => file.sync()),
    truncate: (length) => life.step('file.truncate', () => file.truncate(length)),
    read: (into, at) => life.look(() => file.read(into, at)),
    size: () => life.look(() => file.size()),
    close: () => life.look(() => file.close()),
  });
  return {
    makeDirectory: (path) => life.look(() => files.makeDirectory(path)),
    list: (directory) => life.look(() => files.list(directory)),
    open: async (path, mode) => {
      const opening = (): Promise<JournalFile> => files.open(path, mode);
      return mortal(await (mode === 'create' ? life.step('file.create', opening) : life.look(opening)));
    },
    move: (from, to) => life.step('file.move', () => files.move(from, to)),
    remove: (path) => life.step('file.remove', () => files.remove(path)),
    syncDirectory: (path) => life.step('directory.sync', () => files.syncDirectory(path)),
  };
}
