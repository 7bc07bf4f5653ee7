import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, mode 0700; one that is there stays as it is. Level by level: `mkdir` with `recursive` says of a read-only disk
 * that there is no such folder. Rejects as the file system does.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(path) !== path) {
      await makeFolder(dirname(path));
      await mkdir(path, { mode: 0o700 });
    } else if (code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}
